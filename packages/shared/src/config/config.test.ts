import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import {
  agreementDigest,
  experimentKeys,
  loadExperiment,
  parseExperiment,
  resolveExperiment,
  withoutSecrets,
} from '../config.ts';
import { EXAMPLE, experimentDocument } from './document.ts';

const coded = (code: string, message: string | RegExp) =>
  expect.objectContaining({
    code,
    message: typeof message === 'string' ? expect.stringContaining(message) : expect.stringMatching(message),
  });

test('docs/experiment-file.md is what `pnpm docs:config` writes', async () => {
  await expect(experimentDocument()).toMatchFileSnapshot('../../../../docs/experiment-file.md');
});

test('every key has a description, and every description a table', () => {
  const document = experimentDocument();
  for (const { path, description } of experimentKeys()) {
    expect(description, path).not.toBe('');
    // A stage's training has the table of `training`; a section's rows leave its own name out.
    const [section, ...rest] = path.replace(/^stages\[\]\.training\./, 'training.').split('.');
    expect(document, path).toContain(`| \`${rest.length === 0 ? section : rest.join('.')}\` |`);
  }
});

describe('resolving', () => {
  const experiment = parseExperiment(EXAMPLE);

  test('fills in every default: the result is plain JSON, and resolving it again changes nothing', () => {
    expect(JSON.parse(JSON.stringify(experiment))).toEqual(experiment);
    expect(resolveExperiment(experiment)).toEqual(experiment);
    expect(resolveExperiment({}).stages).toHaveLength(1);
  });

  test('a stage has the training of the experiment but for its own keys', () => {
    const [untrained, training] = experiment.stages;
    expect(untrained).toMatchObject({
      audit: true,
      training: { batchSize: 1, serverLearningRate: 0, learningRate: 0.01 },
    });
    expect(training).toMatchObject({ audit: false, training: { batchSize: 8, serverLearningRate: 1 } });
    const nested = parseExperiment(
      'training: { batchSize: 4 }\nstages: [{ name: a, rounds: 1, training: { flip: true } }]',
    );
    expect(nested.stages[0]?.training).toMatchObject({ batchSize: 4, flip: true });
  });

  test('plug-ins become names and parameters, whichever way they are written', () => {
    expect(experiment.data).toEqual({
      source: 'celeba',
      params: { path: '../shared/data/celeba-9k', resolution: 32, label: 'Male' },
    });
    expect(experiment.clients[2]?.defense).toEqual([
      { name: 'clip', params: { bound: 4, scope: 'layer' } },
      { name: 'noise', params: { sigma: 0.1 } },
    ]);
    expect(experiment.attacks).toMatchObject([{ name: 'ggl', params: { generator: 'celeba-32', steps: 2500 } }]);
    const { attacks } = parseExperiment("attack: ['ggl:steps=5', { name: prior-only, params: { samples: 3 } }]");
    expect(attacks).toMatchObject([
      { name: 'ggl', params: { steps: 5 }, threat: { labels: 'inferred' } },
      { name: 'prior-only', params: { samples: 3 } },
    ]);
    expect(
      parseExperiment('clients: [{ id: a, defense: [none, { name: x, params: { y: 1 } }] }]').clients[0]?.defense,
    ).toEqual([
      { name: 'none', params: {} },
      { name: 'x', params: { y: 1 } },
    ]);
  });

  test('a count makes many clients of one', () => {
    const { clients } = parseExperiment("clients: [{ id: n, count: 2, defense: 'noise:sigma=2' }, { id: a }]");
    expect(clients.map(({ id }) => id)).toEqual(['n-1', 'n-2', 'a']);
    expect(clients[1]?.defense).toEqual([{ name: 'noise', params: { sigma: 2 } }]);
    expect(parseExperiment('clients: { count: 3 }').clients.map(({ id }) => id)).toEqual([
      'client-1',
      'client-2',
      'client-3',
    ]);
  });
});

describe('plug-ins of training', () => {
  const spec = (name: string, params = {}) => ({ name, params });

  test('are written as text, in training, in a stage or in its own training, and read the same again', () => {
    const experiment = resolveExperiment({
      training: { aggregation: 'trimmed-mean:fraction=0.2', serverOptimizer: 'adam' },
      stages: [
        { name: 'as-all', rounds: 1 },
        { name: 'flat', rounds: 1, aggregation: 'median' },
        { name: 'own', rounds: 1, training: { serverOptimizer: { name: 'adam', params: { tau: 0.5 } } } },
      ],
    });
    expect(experiment.stages.map(({ training }) => [training.aggregation, training.serverOptimizer])).toEqual([
      [spec('trimmed-mean', { fraction: 0.2 }), spec('adam')],
      [spec('median'), spec('adam')],
      [spec('trimmed-mean', { fraction: 0.2 }), spec('adam', { tau: 0.5 })],
    ]);
    expect(resolveExperiment(experiment)).toEqual(experiment);
    expect(resolveExperiment({}).training.aggregation).toEqual(spec('weighted-mean'));
  });

  test('stand alone: a sum of two has no meaning', () => {
    expect(() => resolveExperiment({ training: { aggregation: 'median+weighted-mean' } })).toThrow(
      expect.objectContaining({
        code: 'CONFIG_PLUGIN_INVALID',
        message: expect.stringContaining('training.aggregation'),
      }),
    );
    expect(() => resolveExperiment({ training: { aggregation: 3 } })).toThrow(
      expect.objectContaining({ code: 'CONFIG_VALUE_INVALID' }),
    );
  });
});

describe('unknown keys are errors with a suggestion', () => {
  test.each([
    ['seeed: 1', 'unknown key seeed; did you mean seed?'],
    ['atack: ggl', 'unknown key atack; did you mean attack?'],
    ['batchSize: 3', 'unknown key batchSize; did you mean training.batchSize?'],
    ['training: { batchSze: 1 }', 'unknown key training.batchSze; did you mean training.batchSize?'],
    [
      'stages: [{ name: a, rounds: 1, bathSize: 3 }]',
      'unknown key stages.0.bathSize; did you mean stages.0.batchSize?',
    ],
    [
      'clients: [{ id: a }, { id: b, defence: none }]',
      'unknown key clients.1.defence; did you mean clients.1.defense?',
    ],
    [
      'attack: { threat: { label: known } }',
      'unknown key attacks.0.threat.label; did you mean attacks.0.threat.labels?',
    ],
    ['server: { limits: { qqqqqqqq: 1 } }', /^unknown key server.limits.qqqqqqqq$/],
  ])('%s', (yaml, message) => {
    expect(() => parseExperiment(yaml)).toThrow(coded('CONFIG_UNKNOWN_KEY', message));
  });
});

describe('wrong values name field and value', () => {
  test.each([
    ['seed: -1', 'seed: -1 is not valid: Too small: expected number to be >=0'],
    ['seed: one', 'seed: "one" is not valid: expected number'],
    ['name: a b', 'name: "a b" is not valid: expected letters'],
    ['training: 5', 'training: 5 is not valid: expected object, received number'],
    ['training:', 'training: null is not valid'],
    ['stages: 3', 'stages: 3 is not valid: expected array'],
    ['stages: [3]', 'stages.0: 3 is not valid'],
    ['stages: [{ name: a }]', 'stages.0.rounds: undefined is not valid'],
    ['data: 3', 'data: 3 is not valid'],
    ['attack: { params: 3 }', 'attacks.0.params: 3 is not valid'],
    ['clients: []', 'clients: [] is not valid'],
    ['clients: [{ id: a, count: 0 }]', 'clients.0.count: 0 is not valid: expected an integer from 1 to 10000'],
    ['clients: [{ id: ../a }]', 'clients.0.id: "../a" is not valid'],
    ['clients: [{ id: a }, { id: a }]', 'clients.1.id: "a" is not valid: another client has this id'],
    ['clients: [{ id: a, swapWith: b }]', 'clients.0.swapWith: "b" is not valid: there is no client of this id'],
    [
      'clients: [{ id: a, swapWith: a }]',
      'clients.0.swapWith: "a" is not valid: a client cannot be swapped with itself',
    ],
    ['clients: [{ id: a, defense: { name: x, strength: 1 } }]', 'unknown key clients.0.defense.0.strength'],
    [
      'training: { clientsPerRound: some }',
      'training.clientsPerRound: "some" is not valid: expected "all", or expected',
    ],
    ['training: { clientsPerRound: 9 }', 'stages.0.training.clientsPerRound: 9 is not valid: there are only 4 clients'],
    ['training: { minimumReports: 5 }', 'stages.0.training.minimumReports: 5 is not valid: only 4 clients take part'],
    ['stages: [{ name: a, rounds: 1, clients: [x] }]', 'stages.0.clients.0: "x" is not valid: there is no client'],
    ['stages: [{ name: a, rounds: 1, clients: [client-1, client-1] }]', 'stages.0.clients.1: "client-1" is not valid'],
    [
      'stages: [{ name: a, rounds: 1, clients: [client-1], minimumReports: 2 }]',
      'stages.0.training.minimumReports: 2 is not valid: only 1 clients take part',
    ],
    ['training: { localSteps: 2 }', 'stages.0.training.localSteps: 2 is not valid: fedsgd takes one local step'],
    ['training: { batchNorm: train }', 'stages.0.training.batchSize: 1 is not valid: batchNorm: train needs'],
    ['stages: [{ name: a, rounds: 1 }, { name: a, rounds: 1 }]', 'stages.1.name: "a" is not valid: another stage'],
    ['attack: { threat: { defense: blin } }', 'attacks.0.threat.defense: "blin" is not valid: expected one of "blind"'],
    ['shards: { kind: attribute }', 'shards.attribute: undefined is not valid: kind: attribute needs one'],
    [
      'shards: { kind: attribute, attribute: Smiling, victims: shared }',
      'shards.victims: "shared" is not valid: clients that differ by an attribute cannot hold the same faces',
    ],
    [
      'server: { limits: { frameBytes: 1048576 } }',
      'server.limits.frameBytes: 1048576 is not valid: must hold a chunk',
    ],
    ['connection: { url: "http://x" }', 'connection.url: "http://x" is not valid'],
    ['- 1', 'experiment: [1] is not valid: expected keys and values'],
  ])('%s', (yaml, message) => {
    expect(() => parseExperiment(yaml)).toThrow(expect.objectContaining({ message: expect.stringContaining(message) }));
  });

  test('a defence that cannot be read', () => {
    expect(() => parseExperiment("clients: [{ id: a, defense: 'clip:bound' }]")).toThrow(
      coded('CONFIG_PLUGIN_INVALID', 'clients.0.defense.0: "clip:bound" is no plug-in'),
    );
  });
});

describe('--set', () => {
  const set = (...assignments: string[]) => parseExperiment(EXAMPLE, { set: assignments });

  test('changes values of the file before stages and shorthands are resolved', () => {
    const changed = set(
      'training.learningRate=0.5',
      'clients.0.defense=sparsify:fraction=0.9',
      'attack.steps=7',
      'stages.1.rounds=2',
    );
    expect(changed.stages[1]).toMatchObject({ rounds: 2, training: { learningRate: 0.5, batchSize: 8 } });
    expect(changed.clients[0]?.defense).toEqual([{ name: 'sparsify', params: { fraction: 0.9 } }]);
    expect(changed.attacks[0]?.params.steps).toBe(7);
    expect(set('server.limits.connections=5', 'data.path=/data').data.params.path).toBe('/data');
    expect(set('clients=[{ id: only }]').clients).toHaveLength(1);
    expect(set('clients.4.id=fifth').clients).toHaveLength(5);
  });

  test.each([
    ['x', 'expected key=value'],
    ['=3', 'expected key=value'],
    ['a..b=1', 'no path of names and numbers'],
    ['__proto__.polluted=1', 'no path of names and numbers'],
    ['seed.x=1', 'seed holds no keys'],
    ['clients.9.id=q', 'clients is a list of 4'],
    ['clients.first.id=q', 'clients is a list of 4'],
    ['seed=[1', 'the value cannot be read'],
  ])('%s is refused', (assignment, reason) => {
    expect(() => set(assignment)).toThrow(coded('CONFIG_OVERRIDE_INVALID', reason));
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  test('a mistyped key is unknown, with a suggestion', () => {
    expect(() => set('trainig.batchSize=1')).toThrow(coded('CONFIG_UNKNOWN_KEY', 'did you mean training?'));
  });
});

describe('files', () => {
  const shipped = fileURLToPath(new URL('../../../../experiments/', import.meta.url));

  test.each(readdirSync(shipped).filter((file) => file.endsWith('.yaml')))('experiments/%s is valid', async (file) => {
    const experiment = await loadExperiment(join(shipped, file));
    expect(resolveExperiment(experiment)).toEqual(experiment);
  });

  test('are read, and their faults have a line and a column', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'leakscope-config-'));
    try {
      const path = join(folder, 'exp.yaml');
      writeFileSync(path, EXAMPLE);
      expect(await loadExperiment(path, { set: ['seed=3'] })).toMatchObject({ name: 'celeba', seed: 3 });
      writeFileSync(path, 'name: a\nclients:\n  - { id: a\n');
      await expect(loadExperiment(path)).rejects.toThrow(coded('CONFIG_YAML_INVALID', /exp\.yaml:4:1: /));
      writeFileSync(path, 'seed: 1\nseed: 2\n');
      await expect(loadExperiment(path)).rejects.toThrow(
        coded('CONFIG_YAML_INVALID', /exp\.yaml:2:1: Map keys must be unique/),
      );
      await expect(loadExperiment(join(folder, 'none.yaml'))).rejects.toThrow(
        coded('CONFIG_FILE_MISSING', 'none.yaml'),
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('digests and secrets', () => {
  const base = parseExperiment(EXAMPLE);
  const digestWith = (...set: string[]) => agreementDigest(parseExperiment(EXAMPLE, { set }));

  test('server and client agree whatever path, network, attack and defence each has', () => {
    for (const set of [
      'data.path=/data',
      'server.port=9',
      'attack.steps=1',
      'clients.0.defense=soteria',
      'threads=3',
    ]) {
      expect(digestWith(set), set).toBe(agreementDigest(base));
    }
  });

  test('they do not agree where the federation would differ', () => {
    for (const set of [
      'seed=1',
      'data.label=Smiling',
      'training.learningRate=1',
      'clients.1.id=other',
      'model.classes=3',
    ]) {
      expect(digestWith(set), set).not.toBe(agreementDigest(base));
    }
  });

  test('who is audited is agreed on where victims are shared', () => {
    const shared = 'shards.victims=shared';
    expect(digestWith(shared, 'clients.0.auditVictims=3')).not.toBe(digestWith(shared));
    expect(digestWith('clients.0.auditVictims=3')).toBe(agreementDigest(base));
  });

  test('the token does not reach a manifest', () => {
    const secret = parseExperiment(EXAMPLE, { set: ['server.token=hunter2'] });
    expect(secret.server.token).toBe('hunter2');
    expect(JSON.stringify(withoutSecrets(secret))).not.toContain('hunter2');
    expect(withoutSecrets(base)).toEqual(base);
  });
});
