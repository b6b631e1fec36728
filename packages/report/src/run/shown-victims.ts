/** Which records get pictures on the page: of each client, stage and attack the one that leaks most, the median and the least. */
import type { LeakRecord } from '@leakscope/evaluator';

export interface ShownRecord {
  readonly record: LeakRecord;
  /** Null where all of its group are shown. */
  readonly place: 'most' | 'median' | 'least' | null;
  /** Records of its group: of this client, stage and attack. */
  readonly of: number;
}

/** In the order in which they may take room: of every group the one that leaks most, then the others. */
export function shownRecords(records: readonly LeakRecord[]): ShownRecord[] {
  const groups = Map.groupBy(records, ({ stage, client, attackIndex }) => JSON.stringify([stage, client, attackIndex]));
  const chosen = [...groups.values()].map((group): ShownRecord[] => {
    const of = group.length;
    const sorted = group.toSorted((a, b) => b.leakAbovePrior - a.leakAbovePrior);
    if (of <= 3) return sorted.map((record) => ({ record, place: null, of }));
    const places = { most: 0, median: Math.floor(of / 2), least: of - 1 } as const;
    return (['most', 'median', 'least'] as const).map((place) => ({
      record: sorted[places[place]] as LeakRecord,
      place,
      of,
    }));
  });
  return [0, 1, 2].flatMap((rank) => chosen.flatMap((group) => group[rank] ?? []));
}
