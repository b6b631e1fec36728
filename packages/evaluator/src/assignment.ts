/** Who is who: the one-to-one assignment of least total cost. */

/**
 * For each row its column, so that the costs sum to the least that any one-to-one assignment has; null for the rows that are
 * left over where there are fewer columns. Exact, in O(rows * columns * min(rows, columns)): the Hungarian method (Kuhn, 1955)
 * by shortest augmenting paths (Jonker and Volgenant, 1987). Example: costs [[4, 1], [2, 3]] give [1, 0].
 * @throws RangeError where a cost is not finite
 */
export function assign(costs: readonly (readonly number[])[]): (number | null)[] {
  const rows = costs.length;
  const columns = costs[0]?.length ?? 0;
  if (costs.some((row) => row.length !== columns || !row.every(Number.isFinite))) {
    throw new RangeError('an assignment needs a table of finite costs');
  }
  if (rows <= columns) return columnsOf(costs, columns);
  const transposed = Array.from({ length: columns }, (_, j) => costs.map((row) => row[j] as number));
  const assigned = columnsOf(transposed, rows);
  return costs.map((_, i) => {
    const column = assigned.indexOf(i);
    return column < 0 ? null : column;
  });
}

/** As `assign`, for no more rows than columns. Row and column 0 stand for "not assigned", so all indices count from 1. */
function columnsOf(costs: readonly (readonly number[])[], columns: number): number[] {
  const rowPrice = new Float64Array(costs.length + 1);
  const columnPrice = new Float64Array(columns + 1);
  const rowOf = new Int32Array(columns + 1);
  for (let row = 1; row <= costs.length; row++) {
    // Dijkstra from `row` over reduced costs until a free column is reached.
    rowOf[0] = row;
    const before = new Int32Array(columns + 1);
    const distance = new Float64Array(columns + 1).fill(Number.POSITIVE_INFINITY);
    const visited = new Uint8Array(columns + 1);
    let at = 0;
    do {
      visited[at] = 1;
      const i = rowOf[at] as number;
      let step = Number.POSITIVE_INFINITY;
      let next = 0;
      for (let j = 1; j <= columns; j++) {
        if (visited[j]) continue;
        const cost = costs[i - 1]?.[j - 1] as number;
        const reduced = cost - (rowPrice[i] as number) - (columnPrice[j] as number);
        if (reduced < (distance[j] as number)) {
          distance[j] = reduced;
          before[j] = at;
        }
        if ((distance[j] as number) < step) {
          step = distance[j] as number;
          next = j;
        }
      }
      for (let j = 0; j <= columns; j++) {
        if (visited[j]) {
          rowPrice[rowOf[j] as number] = (rowPrice[rowOf[j] as number] as number) + step;
          columnPrice[j] = (columnPrice[j] as number) - step;
        } else distance[j] = (distance[j] as number) - step;
      }
      at = next;
    } while (rowOf[at] !== 0);
    // Along the path each column takes the row of the one before it.
    while (at !== 0) {
      const previous = before[at] as number;
      rowOf[at] = rowOf[previous] as number;
      at = previous;
    }
  }
  return costs.map((_, i) => rowOf.indexOf(i + 1, 1) - 1);
}
