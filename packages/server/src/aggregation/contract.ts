/** What a user's own aggregation rule must be; see `guard` of shared. */
import type { Contract } from '@leakscope/shared/module';

const isFunction = (value: unknown) => typeof value === 'function';

const fold: Contract = {
  check: ({ add, result }) => {
    if (!isFunction(add)) return 'start() returns no function add';
    return isFunction(result) ? undefined : 'start() returns no function result';
  },
  results: { result: (result) => (result instanceof Map ? undefined : 'returns no map of tensors') },
};

export const contract: Contract = {
  check: ({ summary, params, sees, start, combine }) => {
    if (typeof summary !== 'string') return 'summary is not a text';
    if (params === undefined) return 'params is not a zod schema';
    if (sees !== 'updates' && sees !== 'entries') return 'sees is not updates or entries';
    if (sees === 'updates') return isFunction(start) ? undefined : 'start is not a function';
    return isFunction(combine) ? undefined : 'combine is not a function';
  },
  results: {
    combine: (result) =>
      typeof result === 'number' && Number.isFinite(result) ? undefined : 'returns no finite number',
  },
  makes: { start: fold },
};
