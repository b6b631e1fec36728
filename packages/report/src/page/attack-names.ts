/** What the attacks of a page are called: by their names, or by name and place where two have the same. */

interface NamedAttack {
  readonly attack: string;
  /** The attack's place in the experiment. */
  readonly attackIndex: number;
}

/** Names by place, in the order of the places. */
export function attackNames(rows: readonly NamedAttack[]): Map<number, string> {
  const names = new Map<number, string>();
  for (const { attack, attackIndex } of rows.toSorted((a, b) => a.attackIndex - b.attackIndex)) {
    const known = names.get(attackIndex)?.split(' / ') ?? [];
    // Runs side by side may have different attacks in the same place.
    if (!known.includes(attack)) names.set(attackIndex, [...known, attack].join(' / '));
  }
  const all = [...names.values()];
  return new Map(
    [...names].map(([place, name]) => [
      place,
      all.indexOf(name) === all.lastIndexOf(name) ? name : `${name} ${place + 1}`,
    ]),
  );
}
