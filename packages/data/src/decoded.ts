/** Decoded pixels, kept in memory up to a bound. */

/** Bytes that one dataset keeps: 87,000 images of 32x32. Later ones are decoded again at each use. */
const MAX_KEPT_BYTES = 256 * 1024 * 1024;

/** `decode` by index, each image decoded once for as long as there is room for all of that size. */
export function keepDecoded(
  decode: (index: number) => Promise<Uint8Array>,
  bytesEach: number,
): (index: number) => Promise<Uint8Array> {
  const kept = new Map<number, Uint8Array>();
  const room = Math.floor(MAX_KEPT_BYTES / bytesEach);
  return async (index) => {
    const known = kept.get(index);
    if (known !== undefined) return known;
    const decoded = await decode(index);
    if (kept.size < room) kept.set(index, decoded);
    return decoded;
  };
}
