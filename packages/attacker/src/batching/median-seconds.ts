/** How long a call of a graph takes. */

const WARM_UP = 2;
const CALLS = 5;
/** Calls are repeated no longer than this: one that takes a second is timed well enough by itself. */
const SECONDS = 2;

/** Median seconds of a call, after one or two that do not count. */
export async function medianSeconds(call: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  let spent = 0;
  while (times.length < WARM_UP + CALLS && (times.length < 2 || spent < SECONDS)) {
    const start = performance.now();
    await call();
    const took = (performance.now() - start) / 1000;
    times.push(took);
    spent += took;
  }
  const counted = times.slice(Math.min(WARM_UP, times.length - 1)).sort((a, b) => a - b);
  return counted[Math.floor(counted.length / 2)] as number;
}
