/** Logging: readable lines on a terminal, JSON lines elsewhere, and JSON lines in the run's folder. Always on stderr: stdout is for results. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Logger, multistream, pino, type StreamEntry, stdSerializers } from 'pino';
import pretty from 'pino-pretty';
import { LeakscopeError } from './errors.ts';

export type { Logger } from 'pino';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

interface LogOptions {
  /** The process: server, client none, attacker 1. */
  name: string;
  /** Lowest level printed; default info. */
  level?: LogLevel;
  /** Also append JSON lines here, at debug and above; the folder is made. */
  file?: string;
  /** Default: whether stderr is a terminal. */
  pretty?: boolean;
}

/** Lines are written synchronously, so that the last ones before a crash are not lost. */
export function createLogger({ name, level = 'info', file, pretty: readable }: LogOptions): Logger {
  const streams: StreamEntry[] = [];
  if (level !== 'silent') {
    const stream =
      (readable ?? process.stderr.isTTY === true)
        ? pretty({ destination: 2, sync: true, ignore: 'pid,hostname', translateTime: 'HH:MM:ss' })
        : pino.destination({ dest: 2, sync: true });
    streams.push({ level, stream });
  }
  if (file !== undefined) {
    mkdirSync(dirname(file), { recursive: true });
    streams.push({ level: 'debug', stream: pino.destination({ dest: file, sync: true, append: true }) });
  }
  const lowest = level === 'trace' ? 'trace' : file !== undefined ? 'debug' : level;
  return pino(
    { name, level: lowest, base: { pid: process.pid }, serializers: { err: serialiseError } },
    multistream(streams),
  );
}

/** A coded error is logged as its code, message, hint and details; any other with its stack. */
function serialiseError(error: unknown): unknown {
  if (error instanceof LeakscopeError) return { ...error.toJSON(), cause: error.cause && serialiseError(error.cause) };
  return error instanceof Error ? stdSerializers.err(error) : error;
}
