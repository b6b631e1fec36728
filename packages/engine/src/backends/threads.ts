/** How many threads a call takes where neither the experiment nor the command line says. */
import { availableParallelism } from 'node:os';

/** $LEAKSCOPE_THREADS where it is a positive whole number, else the cores that the process may use. */
export function defaultThreads(value = process.env.LEAKSCOPE_THREADS): number {
  const threads = Number(value);
  return Number.isInteger(threads) && threads > 0 ? threads : availableParallelism();
}
