/** How far a training is: losses averaged since the last report, images a second and the time left. */

export interface TrainingProgress {
  /** Steps done, of all. */
  readonly step: number;
  readonly steps: number;
  readonly epoch: number;
  readonly epochs: number;
  /** Means since the last report. */
  readonly losses: Readonly<Record<string, number>>;
  /** Real images taken a second, since the last report. */
  readonly imagesPerSecond: number;
  readonly secondsLeft: number;
}

const REPORT_SECONDS = 2;

interface ProgressMeter {
  /** Counts a step; returns a report where one is due: after the first step, the last one, and every two seconds. */
  count(step: number, losses: Readonly<Record<string, number>>): TrainingProgress | undefined;
}

/** `now` in milliseconds. */
export function progressMeter(
  { steps, epochs, imagesPerStep, first }: { steps: number; epochs: number; imagesPerStep: number; first: number },
  now: () => number = () => performance.now(),
): ProgressMeter {
  const begun = now();
  let since = begun;
  let counted = 0;
  let sums: Record<string, number> = {};
  return {
    count(step, losses) {
      counted++;
      for (const [name, value] of Object.entries(losses)) sums[name] = (sums[name] ?? 0) + value;
      const time = now();
      if (time - since < REPORT_SECONDS * 1000 && step > first + 1 && step < steps) return undefined;
      const means = Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / counted]));
      const report: TrainingProgress = {
        step,
        steps,
        epoch: Math.min(epochs, Math.floor((step / steps) * epochs) + 1),
        epochs,
        losses: means,
        imagesPerSecond: (counted * imagesPerStep * 1000) / Math.max(1, time - since),
        secondsLeft: ((time - begun) / 1000 / Math.max(1, step - first)) * (steps - step),
      };
      since = time;
      counted = 0;
      sums = {};
      return report;
    },
  };
}
