/** What a user's victim model or generator must be, checked when it is loaded and whenever it returns. */
import type { Contract } from '@leakscope/shared/module';

type Members = Readonly<Record<string, unknown>>;

const isCount = (value: unknown): boolean => Number.isInteger(value) && Number(value) > 0;

/** What keeps the parts that all models have from being so. */
function missingOfModel({ parameters, buffers, forward, initialise }: Members, shape: unknown): string | undefined {
  if (!Array.isArray(shape) || shape.length !== 3 || !shape.every(isCount))
    return 'its image shape is not [channels, height, width]';
  for (const [name, specs] of Object.entries({ parameters, buffers }))
    if (!Array.isArray(specs)) return `${name} is not a list of { name, shape, role }`;
  if (typeof forward !== 'function') return 'forward is not a function';
  if (typeof initialise !== 'function') return 'initialise is not a function';
  return undefined;
}

const network: Contract = {
  check(candidate) {
    const { inputShape, featureCount, head, features, parameters } = candidate;
    const missing = missingOfModel(candidate, inputShape);
    if (missing !== undefined) return missing;
    if (!isCount(featureCount)) return 'featureCount is not a whole number above 0';
    if (typeof features !== 'function') return 'features is not a function';
    const names = (parameters as { name: string }[]).map(({ name }) => name);
    return names.includes(`${head}.weight`) ? undefined : `head names no layer: there is no parameter ${head}.weight`;
  },
  results: {
    forward(result) {
      const { features, logits } = (result ?? {}) as Record<string, { shape?: readonly number[] } | undefined>;
      return features?.shape?.length === 2 && logits?.shape?.length === 2
        ? undefined
        : 'does not return { features [N, featureCount], logits [N, classes] }';
    },
    initialise: (weights) => (weights instanceof Map ? undefined : 'does not return a map of tensors'),
  },
};

export const classifierContract: Contract = {
  check({ build, defaults }) {
    if (typeof build !== 'function') return 'build is not a function';
    const { classes, resolution } = (defaults ?? {}) as Members;
    return isCount(classes) && isCount(resolution) ? undefined : 'defaults are not { classes, resolution }';
  },
  makes: { build: network },
};

export const generatorContract: Contract = {
  check(candidate) {
    const missing = missingOfModel(candidate, candidate.outputShape);
    if (missing !== undefined) return missing;
    if (!isCount(candidate.latent)) return 'latent is not a whole number above 0';
    return typeof candidate.weights === 'string' ? undefined : 'weights is not the path of a safetensors file';
  },
  results: { initialise: network.results?.initialise as () => string | undefined },
};
