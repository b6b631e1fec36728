/** Progress of long work: one rewritten line with an estimate on a terminal, a log line now and then elsewhere, messages to a parent process. */

/** One step forward: `done` of `total` units of `phase`, and what to say beside it. */
export interface ProgressEvent {
  readonly phase: string;
  readonly done: number;
  readonly total?: number;
  readonly detail?: string;
}

export interface Progress {
  report(event: ProgressEvent): void;
  /** Ends the line of the current phase, so that other text can follow. */
  end(): void;
}

/** Rewrites one line of `stream`, at most ten times a second; a new phase starts a new line. */
export function terminalProgress(stream: { columns?: number; write(text: string): unknown }, now = Date.now): Progress {
  let phase: string | undefined;
  let estimate = estimator(now);
  let drawn = 0;
  let last = '';
  return {
    report(event) {
      if (event.phase !== phase) {
        if (last) stream.write(`\r\x1b[2K${last}\n`);
        phase = event.phase;
        estimate = estimator(now);
        drawn = 0;
      }
      last = line(event, estimate(event)).slice(0, (stream.columns ?? 80) - 1);
      if (now() - drawn < 100 && event.done !== event.total) return;
      drawn = now();
      stream.write(`\r\x1b[2K${last}`);
    },
    end() {
      if (last) stream.write(`\r\x1b[2K${last}\n`);
      last = '';
      phase = undefined;
    },
  };
}

/** One log line at the start and end of a phase and every `everyMs` between. */
export function logProgress(
  logger: { info(fields: object, message: string): void },
  everyMs = 10_000,
  now = Date.now,
): Progress {
  let phase: string | undefined;
  let estimate = estimator(now);
  let logged = 0;
  return {
    report(event) {
      if (event.phase !== phase) {
        phase = event.phase;
        estimate = estimator(now);
        logged = Number.NEGATIVE_INFINITY;
      }
      const remainingMs = estimate(event);
      if (now() - logged < everyMs && event.done !== event.total) return;
      logged = now();
      logger.info(
        { ...event, ...(remainingMs === undefined ? {} : { remainingMs: Math.round(remainingMs) }) },
        'progress',
      );
    },
    end() {},
  };
}

/** Hands every event to the parent process, which draws one line for all its children. */
export function childProgress(send: (message: { progress: ProgressEvent }) => void): Progress {
  return { report: (progress) => send({ progress }), end() {} };
}

/** Milliseconds left at the mean pace since the phase was first seen; undefined before anything was done. */
function estimator(now: () => number): (event: ProgressEvent) => number | undefined {
  let first: { at: number; done: number } | undefined;
  return ({ done, total }) => {
    first ??= { at: now(), done };
    if (total === undefined || done <= first.done) return undefined;
    return ((now() - first.at) / (done - first.done)) * Math.max(0, total - done);
  };
}

function line({ phase, done, total, detail }: ProgressEvent, remainingMs: number | undefined): string {
  const count = total === undefined ? `${done}` : `${done}/${total}`;
  const left = remainingMs !== undefined && done !== total ? `, ${duration(remainingMs)} left` : '';
  return `${phase} ${count}${left}${detail ? `  ${detail}` : ''}`;
}

/** 45 s, 3 min 20 s, 2 h 5 min. */
export function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min`;
}
