/** `leakscope attack`: audits one update that was caught anywhere. */
import { join } from 'node:path';
import type { MeasuredImage } from '@leakscope/evaluator';
import { fixed, percent } from '@leakscope/report/format';
import { writeFileAtomically } from '@leakscope/shared/atomic';
import { LeakscopeError } from '@leakscope/shared/errors';
import { labelsOption, MODEL_OPTIONS, readImages, victimModel } from '../inputs/victim-model.ts';
import { integerOption, numberOption } from '../shell/arguments.ts';
import { command } from '../shell/command.ts';
import { printResult } from '../shell/io.ts';

export default command({
  name: 'attack',
  summary: 'reconstructs the images behind an update',
  description:
    'Writes reconstruction-N.png, reconstruction.safetensors and result.json. The attack never sees --truth: those images are read after the reconstruction is written, and only to measure it as a run does: metrics and floor under the names of leak records.',
  positionals: [],
  options: {
    ...MODEL_OPTIONS,
    update: {
      type: 'string',
      value: 'FILE',
      required: true,
      summary: 'what arrived at the server, safetensors with PyTorch names',
    },
    attack: { type: 'string', value: 'SPEC', default: 'best', summary: 'name:key=value,key=value; docs/attacks.md' },
    generator: {
      type: 'string',
      value: 'NAME',
      summary: 'a shipped generator, a file or a module; short for generator=NAME in --attack',
    },
    out: { type: 'string', value: 'DIR', required: true, summary: 'folder to write' },
    batch: { type: 'string', value: 'N', default: '1', summary: 'images behind the update' },
    labels: {
      type: 'string',
      value: 'N,N',
      summary: 'their classes, where the attacker is to know them; else inferred',
    },
    defense: {
      type: 'string',
      value: 'SPEC',
      summary: 'the defence, where the attacker is to know it; else estimated',
    },
    blind: { type: 'boolean', summary: 'ignore that there may be a defence' },
    'local-rate': {
      type: 'string',
      value: 'X',
      summary: 'the update is a change of weights after local steps at this learning rate',
    },
    'local-steps': { type: 'string', value: 'N', default: '1', summary: 'how many local steps' },
    'local-momentum': { type: 'string', value: 'X', default: '0', summary: 'and with which momentum' },
    metric: {
      type: 'string',
      value: 'SPEC',
      multiple: true,
      summary: 'with --truth: a metric beside the standard ones, or a module',
    },
    truth: {
      type: 'string',
      value: 'FILE',
      multiple: true,
      summary: 'the true image, to measure by; once for each image of the batch',
    },
  },
  examples: [
    {
      line: 'leakscope attack --weights w.safetensors --update y.safetensors --generator celeba-32 --out audit --truth a.png',
      does: 'the strongest attack on one update, measured against the true face',
    },
    {
      line: 'leakscope attack --weights w.safetensors --update y.safetensors --attack ggl:steps=500,restarts=4,generator=gan.safetensors --out audit',
      does: 'GGL: four starts, the best by loss; your own generator',
    },
  ],
  async run({ options, io }) {
    const { attackUpdate, parseAttack, reconstructionDetails, reconstructionTensors } = await import(
      '@leakscope/attacker'
    );
    const { parseDefense } = await import('@leakscope/defenses');
    const { readSafetensors } = await import('@leakscope/shared/safetensors');
    const { checkUpdate, loadGenerator } = await import('@leakscope/models');
    const { assessUpdate, encodePng } = await import('@leakscope/evaluator');
    const { configureMetrics } = await import('@leakscope/evaluator/metrics');
    const { keptMeasurements } = await import('@leakscope/shared/measurements');
    const { parsePlugin } = await import('@leakscope/shared/plugin');

    const { model, weights } = await victimModel('attack', options);
    const update = checkUpdate(model, (await readSafetensors(options.update)).tensors);
    const batchSize = integerOption('batch', options.batch, 1);
    const metrics = await configureMetrics(options.metric);
    if (options.truth.length > 0 && options.truth.length !== batchSize) {
      const reason = `${batchSize} images are behind the update`;
      throw new LeakscopeError('CLI_OPTION_INVALID', { option: '--truth', value: options.truth, reason });
    }
    const labels = options.labels && labelsOption(options.labels, batchSize, model.classes);
    const defense = options.defense && (await parseDefense(options.defense));
    const spec = parsePlugin(options.attack, '--attack');
    const plan = await parseAttack({
      name: spec.name,
      params: { ...spec.params, ...(options.generator ? { generator: options.generator } : {}) },
    });
    const { evaluations } = plan;
    if (evaluations !== undefined) io.logger.info({ attack: plan.name, evaluations }, 'searching');
    const rate = options['local-rate'];
    const [, height, width] = model.inputShape;
    const reconstruction = await attackUpdate({
      attack: plan,
      update: {
        update,
        weights,
        model,
        batchSize,
        ...(rate === undefined
          ? {}
          : {
              algorithm: 'fedavg',
              local: {
                steps: integerOption('local-steps', options['local-steps'], 1),
                learningRate: numberOption('local-rate', rate),
                momentum: numberOption('local-momentum', options['local-momentum']),
                weightDecay: 0,
                proximal: 0,
              },
            }),
      },
      threat: {
        labels: labels ? 'known' : 'inferred',
        defense: defense ? 'oracle' : options.blind ? 'blind' : 'estimated',
      },
      ...(labels || defense ? { oracle: { ...(defense ? { defense } : {}), ...(labels ? { labels } : {}) } } : {}),
      measurements: keptMeasurements(),
      signal: io.signal,
      onProgress: ({ step, steps, loss }) =>
        io.progress.report({ phase: 'steps', done: step, total: steps, detail: `loss ${loss.toPrecision(4)}` }),
    });
    io.progress.end();

    const { images, labels: found, loss, steps } = reconstruction;
    await writeFileAtomically(join(options.out, 'reconstruction.safetensors'), reconstructionTensors(reconstruction));
    for (const [i, image] of images.entries()) {
      await writeFileAtomically(join(options.out, `reconstruction-${i}.png`), await encodePng(image, width, height));
    }

    const truths = await readImages(options.truth, height);
    const { generator } = plan.params;
    const measured =
      truths.length === 0
        ? []
        : await assessUpdate({
            // Without public faces the floor does not depend on a label.
            truths: truths.map((image, i) => ({ image, label: (labels || found)[i] ?? 0 })),
            batch: { images, labels: found },
            victim: { model, weights },
            generator: typeof generator === 'string' ? await loadGenerator(generator) : undefined,
            metrics,
            signal: io.signal,
          });
    const result = { out: options.out, ...reconstructionDetails(reconstruction), measured };
    await writeFileAtomically(join(options.out, 'result.json'), `${JSON.stringify(result, null, 2)}\n`);
    printResult(io, result, () =>
      [
        `${options.out}: ${images.length} images, labels ${found.join(', ')}, loss ${loss?.toPrecision(5) ?? '–'} after ${steps} steps`,
        ...measured.map(measuredText),
      ].join('\n'),
    );
    return 0;
  },
});

function measuredText({ metrics, floor, leakAbovePrior }: MeasuredImage, i: number): string {
  if (metrics === null) return `image ${i}: none of the reconstructions is of it`;
  const reached = `MSE ${fixed(metrics.mse11, 4)}, PSNR ${fixed(metrics.psnr11, 2)} dB, SSIM ${fixed(metrics.ssim, 3)}`;
  if (floor === null) return `image ${i}: ${reached}`;
  return `image ${i}: ${reached}; floor MSE ${fixed(floor.mse11, 4)}, leak above prior ${percent(leakAbovePrior)}`;
}
