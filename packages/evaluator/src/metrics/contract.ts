/** What a user's metric must be, checked when it is loaded and whenever it returns. */
import type { Contract } from '@leakscope/shared/module';

const NEEDS: readonly unknown[] = ['features', 'attributes'];

export const metricContract: Contract = {
  check({ title, summary, format, nearer, params, needs, measure }) {
    for (const [name, text] of Object.entries({ title, summary }))
      if (typeof text !== 'string') return `${name} is not a text`;
    const { digits } = (format ?? {}) as { digits?: unknown };
    if (!Number.isInteger(digits)) return 'format is not { digits, unit }';
    if (nearer !== 'lower' && nearer !== 'higher') return 'nearer is not lower or higher';
    if (params === undefined) return 'params is not a zod schema';
    if (!Array.isArray(needs) || !needs.every((need) => NEEDS.includes(need)))
      return 'needs is not a list of features and attributes';
    return typeof measure === 'function' ? undefined : 'measure is not a function';
  },
  results: {
    measure: (value) =>
      value === null || Number.isFinite(value) ? undefined : `returns ${String(value)}, not a finite number or null`,
  },
};
