/** Tables that have a row for each kind of something. */

/** A table with the row that `row` gives for each of `kinds`. */
export const tabulate = <Kind extends string, Row>(
  kinds: readonly Kind[],
  row: (kind: Kind) => Row,
): Record<Kind, Row> => Object.fromEntries(kinds.map((kind) => [kind, row(kind)])) as Record<Kind, Row>;
