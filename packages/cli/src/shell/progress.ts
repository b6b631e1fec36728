/** Progress of long work: one rewritten line with estimates on a terminal, a log line now and then elsewhere, messages to a parent process. */

/** One step forward: `done` of `total` units of `phase`, and what to say beside it. */
export interface ProgressEvent {
  readonly phase: string;
  readonly done: number;
  readonly total?: number;
  readonly detail?: string;
}

export interface Progress {
  /** Phases may run side by side. */
  report(event: ProgressEvent): void;
  /** Ends the line, so that other text can follow. */
  end(): void;
}

/** Rewrites one line of `stream`, at most ten times a second; a phase that is done keeps a line of its own. */
export function terminalProgress(stream: { columns?: number; write(text: string): unknown }, now = Date.now): Progress {
  const open = new Map<string, { estimate: Estimate; text: string }>();
  const over = new Map<string, number>();
  let drawn = 0;
  const draw = (text: string, end = '') => stream.write(`\r\x1b[2K${text.slice(0, (stream.columns ?? 80) - 1)}${end}`);
  const drawOpen = () => draw([...open.values()].map(({ text }) => text).join(' | '));
  return {
    report(event) {
      if (over.get(event.phase) === event.done) return;
      const phase = open.get(event.phase) ?? { estimate: estimator(now), text: '' };
      open.set(event.phase, phase);
      phase.text = line(event, phase.estimate(event));
      if (event.done === event.total) {
        open.delete(event.phase);
        over.set(event.phase, event.done);
        draw(phase.text, '\n');
        drawOpen();
      } else if (now() - drawn >= 100) {
        drawn = now();
        drawOpen();
      }
    },
    end() {
      if (open.size > 0) stream.write('\n');
      open.clear();
    },
  };
}

/** One log line at the start and end of each phase and every `everyMs` between. */
export function logProgress(
  logger: { info(fields: object, message: string): void },
  everyMs = 10_000,
  now = Date.now,
): Progress {
  const phases = new Map<string, { estimate: Estimate; logged: number; over: number }>();
  return {
    report(event) {
      const phase = phases.get(event.phase) ?? { estimate: estimator(now), logged: Number.NEGATIVE_INFINITY, over: -1 };
      if (phase.over === event.done) return;
      phases.set(event.phase, phase);
      const remainingMs = phase.estimate(event);
      if (now() - phase.logged < everyMs && event.done !== event.total) return;
      phase.logged = now();
      if (event.done === event.total) phase.over = event.done;
      const remaining = remainingMs === undefined ? {} : { remainingMs: Math.round(remainingMs) };
      logger.info({ ...event, ...remaining }, 'progress');
    },
    end() {
      phases.clear();
    },
  };
}

/** Hands every event to the parent process, which draws one line for all its children. */
export function childProgress(send: (message: { progress: ProgressEvent }) => void): Progress {
  return { report: (progress) => send({ progress }), end() {} };
}

type Estimate = (event: ProgressEvent) => number | undefined;

/** Milliseconds left at the mean pace since the phase was first seen; undefined before anything was done. */
function estimator(now: () => number): Estimate {
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
