/** One command line from arguments to exit code: finds the command, stops it on a signal, prints what went wrong. */
import { once } from 'node:events';
import { EXIT, isLeakscopeError, LeakscopeError } from '@leakscope/shared/errors';
import { createLogger, LOG_LEVELS, type LogLevel } from '@leakscope/shared/log';
import { closest } from '@leakscope/shared/suggest';
import { version } from '@leakscope/shared/version';
import { parseArguments } from './arguments.ts';
import type { Command } from './command.ts';
import { heartbeat } from './heartbeat.ts';
import { commandHelp, programHelp } from './help.ts';
import type { Io } from './io.ts';
import { childProgress, logProgress, terminalProgress } from './progress.ts';

/** Runs `argv` (without node and script) and returns the exit code; never throws. */
export async function runCommandLine(argv: readonly string[], commands: readonly Command[]): Promise<number> {
  const json = argv.includes('--json');
  const stop = new AbortController();
  const release = onInterrupt(stop);
  const beat = process.env.LEAKSCOPE_HEARTBEAT;
  const stopBeating = beat ? heartbeat(beat) : () => {};
  try {
    const [name, ...rest] = argv.filter((argument, i) => !(i === 0 && argument === '--json'));
    if (name === undefined || name === '--help' || name === '-h' || (name === 'help' && rest.length === 0)) {
      await write(programHelp(commands));
      return name === undefined ? 2 : 0;
    }
    if (name === '--version' || name === '-V') {
      await write(json ? JSON.stringify({ leakscope: version(), node: process.versions.node }) : version());
      return 0;
    }
    const found = commandNamed(name === 'help' ? (rest[0] ?? '') : name, commands);
    const parsed = parseArguments(found, name === 'help' ? ['--help'] : rest);
    if (parsed.options.help) {
      await write(commandHelp(found));
      return 0;
    }
    return await found.execute(parsed, makeIo(found.name, logLevel(parsed.options['log-level']), json, stop.signal));
  } catch (error) {
    return printError(isAbort(error, stop.signal) ? interrupted(stop.signal) : error, json);
  } finally {
    release();
    stopBeating();
  }
}

/**
 * Aborts `stop` on the first SIGINT or SIGTERM; the second ends the process. A child leaves Ctrl-C to its parent, which
 * stops its children in order, and stops by itself where the parent is gone. Returns what takes the handlers off again.
 */
function onInterrupt(stop: AbortController): () => void {
  const isChild = process.send !== undefined;
  const interrupt = (signal: NodeJS.Signals) => {
    if (isChild && signal === 'SIGINT') return;
    if (stop.signal.aborted) process.exit(EXIT.interrupted);
    if (process.stderr.isTTY) process.stderr.write(`\n${signal}: finishing what is open; once more ends at once\n`);
    stop.abort(signal);
  };
  const orphaned = () => stop.abort('disconnect');
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt).on('disconnect', orphaned);
  return () => process.off('SIGINT', interrupt).off('SIGTERM', interrupt).off('disconnect', orphaned);
}

/** Whether an error is the abort itself, as `throwIfAborted` throws it or as Node wraps it: the command had nothing to put in order. */
const isAbort = (error: unknown, { aborted, reason }: AbortSignal): boolean =>
  aborted && (error === reason || (error instanceof Error && error.name === 'AbortError'));

const interrupted = ({ reason }: AbortSignal): LeakscopeError =>
  new LeakscopeError('CLI_INTERRUPTED', { signal: String(reason) });

function commandNamed(name: string, commands: readonly Command[]): Command {
  const found = commands.find((command) => command.name === name);
  if (found) return found;
  const names = commands.filter((command) => !command.internal).map((command) => command.name);
  throw new LeakscopeError('CLI_COMMAND_UNKNOWN', { command: name, suggestion: closest(name, names) });
}

function makeIo(name: string, level: LogLevel, json: boolean, signal: AbortSignal): Io {
  const logger = createLogger({ name, level });
  const send = process.send?.bind(process);
  return {
    json,
    logger,
    signal,
    progress: send
      ? childProgress((message) => process.connected && send(message))
      : process.stderr.isTTY && !json
        ? terminalProgress(process.stderr)
        : logProgress(logger),
    print: (line) => process.stdout.write(`${line}\n`),
  };
}

function logLevel(text: unknown): LogLevel {
  const level = LOG_LEVELS.find((known) => known === text);
  if (level) return level;
  throw new LeakscopeError('CLI_OPTION_INVALID', {
    option: '--log-level',
    value: text,
    reason: `expected one of ${LOG_LEVELS.join(', ')}`,
  });
}

/** A coded error as `CODE: message` and its hint, or as JSON; anything else is a fault of ours, with its stack. */
function printError(error: unknown, json: boolean): number {
  if (isLeakscopeError(error)) {
    process.stderr.write(
      json ? `${JSON.stringify({ error })}\n` : `${error.code}: ${error.message}\n  ${error.hint}\n`,
    );
    return error.exit;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(
    json
      ? `${JSON.stringify({ error: { code: 'INTERNAL', message: stack, exit: 1 } })}\n`
      : `INTERNAL: this is a fault of Leakscope, please report it\n${stack}\n`,
  );
  return 1;
}

async function write(text: string): Promise<void> {
  if (!process.stdout.write(`${text}\n`)) await once(process.stdout, 'drain');
}
