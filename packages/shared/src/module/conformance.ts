/** A suite that tells whether something meets its contract: named cases, for any test runner and for `leakscope conformance`. */

export interface ConformanceCase {
  /** What must hold, as a sentence goes on after the thing's name: `keeps names and shapes`. */
  readonly name: string;
  /** The function of the module that is held to it. */
  readonly part: string;
  /** Rejects with an AssertionError, or with what the module throws, where it does not hold. */
  run(): Promise<void>;
}

/** Makes the suite of one kind for a spec, `./mine.ts` or `./mine.ts:key=value`, whose path starts at `base`. */
export type ConformanceSuite = (spec: string, base: string) => ConformanceCase[];

/** Cases that share what `open` gives; it is called once, by the first that runs. */
export function casesOf<T>(
  open: () => Promise<T>,
  checks: Readonly<Record<string, readonly [part: string, check: (subject: T) => unknown]>>,
): ConformanceCase[] {
  let opened: Promise<T> | undefined;
  return Object.entries(checks).map(([name, [part, check]]) => ({
    name,
    part,
    run: async () => {
      opened ??= open();
      await check(await opened);
    },
  }));
}
