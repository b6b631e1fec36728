/** When a run of CMA-ES has nothing more to find: Hansen's criteria (arXiv 1604.00772, appendix B.3) with the tolerances of his code, pycma. */

/** Range of recent losses that counts as none. */
const TOLERANCE = 1e-12;
/** Generations in a row that are as good as flat. */
const FLAT = 2;
/** Generations that stagnation needs at least. */
const STAGNATION = 100;

/** Watches one run's losses, generation by generation. */
export class Termination {
  readonly #dimension: number;
  readonly #population: number;
  /** Of each generation. */
  readonly #best: number[] = [];
  readonly #median: number[] = [];
  /** The best loss so far, and its generation. */
  #least = Number.POSITIVE_INFINITY;
  #leastAt = 0;
  #flat = 0;

  constructor(dimension: number, population: number) {
    this.#dimension = dimension;
    this.#population = population;
  }

  /** Takes a generation's losses in; whether the run ends with it. Those that are not finite count as the largest number. */
  ends(losses: Float32Array): boolean {
    const sorted = losses.map((loss) => (Number.isFinite(loss) ? loss : Number.MAX_VALUE)).sort();
    const [best, median] = [sorted[0] as number, sorted[sorted.length >> 1] as number];
    if (best < this.#least) {
      this.#least = best;
      this.#leastAt = this.#best.length;
    }
    this.#best.push(best);
    this.#median.push(median);
    this.#flat = best === sorted[Math.floor(0.75 * sorted.length)] ? this.#flat + 1 : 0;
    return this.#flat >= FLAT || this.#still() || this.#stagnates();
  }

  /** The best loss has not changed for a while. */
  #still(): boolean {
    const recent = this.#best.slice(-(10 + Math.ceil((30 * this.#dimension) / this.#population)));
    return this.#best.length > recent.length && Math.max(...recent) - Math.min(...recent) < TOLERANCE;
  }

  /** Of the last generations, the newer half is no better than the older one, neither at its best nor in the median. */
  #stagnates(): boolean {
    const age = this.#best.length;
    const tolerated = 100 + (100 * this.#dimension * Math.sqrt(this.#dimension)) / this.#population;
    if (age < STAGNATION || age - 1 - this.#leastAt < tolerated / 2) return false;
    const half = Math.floor(Math.max(tolerated / 2, age / 5));
    if (2 * half > age) return false;
    return [this.#best, this.#median].every(
      (history) => middle(history.slice(-half)) >= middle(history.slice(-2 * half, -half)),
    );
  }
}

const middle = (values: readonly number[]): number => Float64Array.from(values).sort()[values.length >> 1] as number;
