/** JSON whose bytes depend on the value alone. */

/** Sorted keys, no spaces: equal values give equal text. Throws RangeError, with the path, for a number that JSON cannot hold. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(sorted(value, []));
}

function sorted(value: unknown, path: readonly string[]): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new RangeError(`${path.join('.') || 'the value'} is ${value}, which JSON cannot hold`);
  }
  if (Array.isArray(value)) return value.map((item, i) => sorted(item, [...path, String(i)]));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item, [...path, key])]));
}
