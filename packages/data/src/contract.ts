/** What a user's dataset must be, checked when it is loaded and whenever it returns. */
import type { Contract } from '@leakscope/shared/module';

type Members = Readonly<Record<string, unknown>>;

const isCount = (value: unknown): boolean => Number.isInteger(value) && Number(value) > 0;

const dataset: Contract = {
  check(candidate) {
    for (const name of ['resolution', 'classes'])
      if (!isCount(candidate[name])) return `${name} is not a whole number above 0`;
    if (!Array.isArray(candidate.attributeNames)) return 'attributeNames is not a list';
    for (const name of ['partition', 'id', 'label', 'attributes', 'example', 'digest', 'close'])
      if (typeof candidate[name] !== 'function') return `${name} is not a function`;
    return undefined;
  },
  results: {
    partition: (indices) =>
      Array.isArray(indices) && indices.every((index) => Number.isInteger(index) && index >= 0)
        ? undefined
        : 'does not return a list of indices',
    label: (label) => (Number.isInteger(label) && Number(label) >= 0 ? undefined : 'does not return a class index'),
    example: (example) =>
      (example as Members | undefined)?.image instanceof Float32Array
        ? undefined
        : 'does not return an example with an image, a Float32Array',
    digest: (digest) => (typeof digest === 'string' && digest !== '' ? undefined : 'does not return a text'),
  },
};

export const datasetContract: Contract = {
  check({ params, open }) {
    if (params === undefined) return 'params is not a zod schema';
    return typeof open === 'function' ? undefined : 'open is not a function';
  },
  makes: { open: dataset },
};
