/** Records as a table (RFC 4180): nested keys become columns, `metrics.mse`. */

/** One header line, one line a record. Columns in alphabetical order; what a record lacks is empty, a list is JSON. */
export function toCsv(records: readonly Readonly<Record<string, unknown>>[]): string {
  const rows = records.map((record) => new Map(columnsOf(record, '')));
  const header = [...new Set(rows.flatMap((row) => [...row.keys()]))].sort();
  if (header.length === 0) return '';
  return [header.map(quoted), ...rows.map((row) => header.map((column) => quoted(row.get(column) ?? '')))]
    .map((cells) => `${cells.join(',')}\r\n`)
    .join('');
}

function* columnsOf(record: Readonly<Record<string, unknown>>, prefix: string): Generator<[string, string]> {
  for (const [key, value] of Object.entries(record)) {
    if (value === null || value === undefined) yield [`${prefix}${key}`, ''];
    else if (Array.isArray(value)) yield [`${prefix}${key}`, JSON.stringify(value)];
    else if (typeof value === 'object')
      yield* columnsOf(value as Readonly<Record<string, unknown>>, `${prefix}${key}.`);
    else yield [`${prefix}${key}`, String(value)];
  }
}

function quoted(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
