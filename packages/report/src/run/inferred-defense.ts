/** What the attacker inferred about the defence, and how wrong it was, as one line. */
import type { LeakRecord } from '@leakscope/evaluator';
import { percent } from '../format.ts';

/** As `clip bound 2 (−50.0 %), noise missed`; null where the attack did not estimate, and on a control. */
export function inferredDefense({
  details,
  estimationError,
}: Pick<LeakRecord, 'details' | 'estimationError'>): string | null {
  if (!estimationError) return null;
  const estimates = new Map<string, Readonly<Record<string, unknown>>>(
    Object.entries(details?.estimates.defense ?? {}),
  );
  const judged = Object.entries(estimationError).map(([name, error]) => {
    if (error === 'missed') return `${name} missed`;
    if (error === 'imagined') return `${name} where there is none`;
    const parameters = Object.entries(error).map(
      ([field, wrong]) =>
        `${field} ${shown(estimates.get(name)?.[field])} (${wrong === 'wrong' ? wrong : signed(wrong)})`,
    );
    return [name, ...parameters].join(' ');
  });
  return judged.length > 0 ? judged.join(', ') : 'none, rightly';
}

/** Three digits tell an estimate. */
function shown(estimate: unknown): string {
  return typeof estimate === 'number' ? String(Number(estimate.toPrecision(3))) : String(estimate);
}

function signed(error: number): string {
  const text = percent(error, 1);
  return error > 0 && !text.startsWith('0.0') ? `+${text}` : text;
}
