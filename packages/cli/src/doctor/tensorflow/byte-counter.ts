/** Counts the bytes that pass through streams, one after another. */
import { Transform } from 'node:stream';

/** Tells how many bytes of how many are done. */
export type OnBytes = (done: number, total: number) => void;

/** Streams that pass everything on and count it together. */
export function byteCounter(total: number, onBytes: OnBytes): () => Transform {
  let done = 0;
  return () =>
    new Transform({
      transform(chunk: Uint8Array, _encoding, next) {
        done += chunk.length;
        onBytes(done, total);
        next(null, chunk);
      },
    });
}
