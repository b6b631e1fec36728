/** A made-up run for tests of the page: every kind of row that a real one can have. */
import type { ImageMetrics } from '@leakscope/evaluator/metrics';
import type { ClientRow, Picture, RunReport, Victim } from './model.ts';

/** A 1x1 PNG. */
const DOT = Uint8Array.from(
  Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  ),
);

export function fabricatedRow(change: Partial<ClientRow> = {}): ClientRow {
  return {
    stage: 'untrained',
    client: 'none',
    attack: 'ggl',
    attackIndex: 0,
    defense: 'none',
    control: false,
    accuracy: 0.512,
    leakAbovePrior: 0.84,
    leakInterval: [0.8, 0.88],
    shareOfCeiling: 0.93,
    metrics: metrics(0.051),
    rankedFirst: 0.9,
    medianRank: 1,
    decoys: 512,
    pValue: 3.1e-19,
    victims: 10,
    reconstructions: 10,
    failures: 0,
    ...change,
  };
}

const metrics = (mse: number): ImageMetrics => ({
  mse11: mse,
  psnr11: -10 * Math.log10(mse),
  mse01: mse / 4,
  psnr01: -10 * Math.log10(mse / 4),
  ssim: Math.max(0, 1 - mse * 4),
  mseR: mse / 10,
  attributeAgreement: null,
});

export function fabricatedVictim(change: Partial<Victim> = {}, png: (kind: string) => Uint8Array = () => DOT): Victim {
  const picture = (kind: string, mse: number | null): Picture => ({
    png: png(kind),
    metrics: mse === null ? null : metrics(mse),
  });
  return {
    id: '004217.jpg',
    place: null,
    of: 2,
    stage: 'untrained',
    round: 0,
    client: 'none',
    attack: 'ggl',
    attackIndex: 0,
    defense: 'none',
    control: false,
    label: 'Male',
    inferredLabel: 'Male',
    original: picture('original', null),
    reconstruction: picture('reconstruction', 0.041),
    floor: picture('floor', 0.31),
    ceiling: picture('ceiling', 0.022),
    leakAbovePrior: 0.868,
    shareOfCeiling: 0.934,
    rank: 1,
    decoys: 512,
    pValue: 1 / 513,
    inferredDefense: null,
    failure: null,
    ...change,
  };
}

export function fabricatedRun(change: Partial<RunReport> = {}, png?: (kind: string) => Uint8Array): RunReport {
  const control = { client: 'control', control: true, leakAbovePrior: -0.21, shareOfCeiling: -0.23, pValue: 0.61 };
  return {
    name: 'first-run',
    folder: 'runs/first-run',
    finished: true,
    conditions: [
      { name: 'Data', value: 'synthetic-faces, 32 x 32, label Male' },
      { name: 'Model', value: 'resnet18-cifar, 2 classes' },
      { name: 'Seed', value: '2022' },
    ],
    attack: [{ name: 'Attack', value: 'ggl, adam, 200 steps' }],
    licences: [{ name: 'synthetic-faces', value: 'Apache-2.0' }],
    clients: [
      fabricatedRow(),
      fabricatedRow({
        client: 'clip',
        defense: 'clip:bound=4',
        leakAbovePrior: 0.79,
        leakInterval: null,
        victims: 2,
        pValue: 2.3e-5,
      }),
      fabricatedRow({
        client: 'noise',
        defense: 'noise:sigma=0.1',
        leakAbovePrior: 0.34,
        leakInterval: null,
        victims: 2,
        failures: 1,
        pValue: 0.012,
      }),
      fabricatedRow({ ...control, leakInterval: null, victims: 2 }),
    ],
    rounds: [
      {
        stage: 'untrained',
        round: 0,
        accuracy: 0.51,
        leaks: [
          { client: 'none', control: false, leak: 0.85 },
          { client: 'control', control: true, leak: -0.2 },
        ],
      },
      {
        stage: 'untrained',
        round: 1,
        accuracy: 0.53,
        leaks: [
          { client: 'none', control: false, leak: 0.83 },
          { client: 'control', control: true, leak: -0.22 },
        ],
      },
      { stage: 'trained', round: 0, accuracy: 0.86, leaks: [{ client: 'none', control: false, leak: 0.4 }] },
    ],
    victims: [
      fabricatedVictim({}, png),
      fabricatedVictim(
        { id: '008001.jpg', round: 1, inferredLabel: 'not Male', inferredDefense: 'none, rightly' },
        png,
      ),
      fabricatedVictim(
        {
          id: '001222.jpg',
          client: 'noise',
          defense: 'noise:sigma=0.1',
          failure: { code: 'ATTACK_TIMED_OUT', message: 'no result after 600 s' },
          reconstruction: { png: null, metrics: null },
        },
        png,
      ),
      fabricatedVictim({ ...control, id: '000318.jpg' }, png),
    ],
    unshown: 0,
    ...change,
  };
}
