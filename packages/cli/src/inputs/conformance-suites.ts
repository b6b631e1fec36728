/** The suite of each kind of module, and the kit of all kinds: what tells a module's kind before anything else is known of it. */
import type { ConformanceSuite, ModuleKind } from '@leakscope/shared/module';

interface Kind {
  /** Loaded when it is needed: a suite brings its package along. */
  readonly suite: () => Promise<ConformanceSuite>;
  readonly kit: () => Promise<object>;
}

const KINDS: Readonly<Record<ModuleKind, Kind>> = {
  defence: {
    suite: async () => {
      const { defenseConformance } = await import('@leakscope/defenses/conformance');
      return (spec, base) => defenseConformance(spec, { base });
    },
    kit: async () => (await import('@leakscope/defenses/conformance')).kit,
  },
  attack: {
    suite: async () => (await import('@leakscope/attacker/conformance')).attackConformance,
    kit: async () => (await import('@leakscope/attacker/conformance')).kit,
  },
  optimiser: {
    suite: async () => (await import('@leakscope/attacker/conformance')).optimiserConformance,
    kit: async () => (await import('@leakscope/attacker/conformance')).kit,
  },
  objective: {
    suite: async () => (await import('@leakscope/attacker/conformance')).objectiveConformance,
    kit: async () => (await import('@leakscope/attacker/conformance')).kit,
  },
  regulariser: {
    suite: async () => (await import('@leakscope/attacker/conformance')).regulariserConformance,
    kit: async () => (await import('@leakscope/attacker/conformance')).kit,
  },
  classifier: {
    suite: async () => (await import('@leakscope/models/conformance')).classifierConformance,
    kit: async () => (await import('@leakscope/models/conformance')).kit,
  },
  generator: {
    suite: async () => (await import('@leakscope/models/conformance')).generatorConformance,
    kit: async () => (await import('@leakscope/models/conformance')).kit,
  },
  metric: {
    suite: async () => (await import('@leakscope/evaluator/conformance')).metricConformance,
    kit: async () => (await import('@leakscope/evaluator/conformance')).kit,
  },
  'aggregation rule': {
    suite: async () => (await import('@leakscope/server/conformance')).aggregationConformance,
    kit: async () => (await import('@leakscope/server/conformance')).kit,
  },
  dataset: {
    suite: async () => (await import('@leakscope/data/conformance')).datasetConformance,
    kit: async () => (await import('@leakscope/data/conformance')).kit,
  },
};

/** Everything that a kit of any kind holds. */
export async function wholeKit(): Promise<object> {
  return Object.assign({}, ...(await Promise.all(Object.values(KINDS).map(({ kit }) => kit()))));
}

/** Undefined where `kind` is none. */
export const suiteOf = async (kind: unknown): Promise<ConformanceSuite | undefined> =>
  typeof kind === 'string' && Object.hasOwn(KINDS, kind) ? await KINDS[kind as ModuleKind].suite() : undefined;
