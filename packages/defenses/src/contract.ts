/** What a user's defence must be, checked when it is loaded and whenever it returns. */
import type { Contract } from '@leakscope/shared/module';

export const contract: Contract = {
  check({ params, apply, attackerView, hook, perExample }) {
    if (params === undefined) return 'params is not a zod schema';
    if (typeof apply !== 'function') return 'apply is not a function';
    if (typeof attackerView !== 'function') return 'attackerView is not a function';
    if (hook !== 'example' && hook !== 'step' && hook !== 'update') return 'hook is not example, step or update';
    if (hook !== 'step' && perExample !== undefined) return 'perExample goes with hook step';
    return undefined;
  },
  results: {
    perExample: (defended, [gradient]) => (gradient instanceof Map ? differenceOf(gradient, defended) : undefined),
    apply: (defended, [update]) => (update instanceof Map ? differenceOf(update, defended) : undefined),
    attackerView: (view) =>
      typeof (view as { kind?: unknown } | undefined)?.kind === 'string' ? undefined : 'returns no transform',
  },
};

/** What the defended update lacks of the update that was given. */
function differenceOf(update: ReadonlyMap<string, { data: Float32Array }>, defended: unknown): string | undefined {
  if (!(defended instanceof Map)) return 'does not return a map of tensors';
  for (const [name, { data }] of update) {
    const length: unknown = defended.get(name)?.data?.length;
    if (length !== data.length) return `returns ${length ?? 'no'} values of ${name}, which has ${data.length}`;
  }
  return defended.size === update.size ? undefined : `returns ${defended.size} tensors in place of ${update.size}`;
}
