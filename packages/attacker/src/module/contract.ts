/** What a user's attack, and each part of one, must be: checked when it is loaded and whenever it returns. */
import type { Contract } from '@leakscope/shared/module';

type Members = Readonly<Record<string, unknown>>;

/** What a tensor function must return. */
const isTensor = (value: unknown): boolean => Array.isArray((value as { shape?: unknown } | undefined)?.shape);

const isFunction = (value: unknown): boolean => typeof value === 'function';

/** Parameters of an attack and of its parts stand side by side in an experiment, so that each schema must list its keys. */
const lacksKeys = ({ params }: Members): string | undefined =>
  typeof (params as { shape?: unknown } | undefined)?.shape === 'object'
    ? undefined
    : 'params is not a zod schema of an object';

export const attackContract: Contract = {
  check(candidate) {
    const { requires, reconstruct } = candidate;
    if (typeof requires !== 'object' || requires === null) return 'requires is not an object; {} needs nothing';
    return lacksKeys(candidate) ?? (isFunction(reconstruct) ? undefined : 'reconstruct is not a function');
  },
  results: {
    reconstruct(found, [input]) {
      const { images, labels, estimates } = (found ?? {}) as Members;
      const { batchSize } = (input as { update: { batchSize: number } }).update;
      if (!Array.isArray(images) || !images.every((image) => image instanceof Float32Array))
        return 'returns no list of images, each a Float32Array';
      if (images.length !== batchSize) return `returns ${images.length} images of a batch of ${batchSize}`;
      if (!Array.isArray(labels) || labels.length !== batchSize) return 'does not return one label an image';
      return typeof estimates === 'object' ? undefined : 'returns no estimates: hand on those of readUpdate';
    },
  },
};

export const optimiserContract: Contract = {
  check(candidate) {
    const { evaluates, startsAt, points, open } = candidate;
    if (evaluates !== 'gradients' && evaluates !== 'values') return 'evaluates is not gradients or values';
    if (startsAt !== 'draws' && startsAt !== 'mean') return 'startsAt is not draws or mean';
    if (!isFunction(points)) return 'points is not a function';
    return lacksKeys(candidate) ?? (isFunction(open) ? undefined : 'open is not a function');
  },
  results: {
    points: (count) => (Number.isInteger(count) && Number(count) > 0 ? undefined : 'returns no whole number above 0'),
  },
  makes: {
    open: {
      check: ({ ask, tell }) => (isFunction(ask) && isFunction(tell) ? undefined : 'open returns no { ask, tell }'),
      results: { ask: (points) => (points instanceof Float32Array ? undefined : 'returns no Float32Array') },
    },
  },
};

export const objectiveContract: Contract = {
  check(candidate) {
    const { asks, distance } = candidate;
    if (asks !== 'totals' && asks !== 'per-tensor') return 'asks is not totals or per-tensor';
    return lacksKeys(candidate) ?? (isFunction(distance) ? undefined : 'distance is not a function');
  },
  results: { distance: (value) => (isTensor(value) ? undefined : 'returns no tensor') },
};

export const regulariserContract: Contract = {
  check(candidate) {
    const { of, value, weight } = (candidate.penalty ?? {}) as Members;
    if (candidate.penalty === undefined) return 'penalty is missing';
    if (of !== 'latents' && of !== 'images' && of !== 'norm-inputs')
      return 'penalty.of is not latents, images or norm-inputs';
    if (!isFunction(value) || !isFunction(weight)) return 'penalty has no functions value and weight';
    return lacksKeys(candidate);
  },
};
