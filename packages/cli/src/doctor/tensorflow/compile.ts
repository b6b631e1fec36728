/** Compiles tfjs-node's binding, whose C++ sources are in its npm package, with the machine's C++ compiler. */
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { LeakscopeError } from '@leakscope/shared/errors';
import type { Library } from './library.ts';

const run = promisify(execFile);

const SOURCES = ['tfjs_backend.cc', 'tfjs_binding.cc'];

/** Node-API of Node 14 and later; the addon needs no other build for a newer Node. */
const NAPI_VERSION = 8;

/** The first C++ compiler that answers, with its version line. @throws CLI_COMPILER_MISSING */
export async function findCompiler(environment: NodeJS.ProcessEnv): Promise<{ command: string; version: string }> {
  const tried = [...(environment.CXX ? [environment.CXX] : []), 'g++', 'clang++', 'c++'];
  for (const command of tried) {
    try {
      const { stdout } = await run(command, ['--version']);
      return { command, version: stdout.split('\n', 1)[0] ?? '' };
    } catch {
      // The next one may be there.
    }
  }
  throw new LeakscopeError('CLI_COMPILER_MISSING', { tried });
}

/** Node-API's headers, from their npm package. */
const nodeHeaders = (): string =>
  join(dirname(createRequire(import.meta.url).resolve('node-api-headers/package.json')), 'include');

interface Compilation {
  /** The npm package that holds `binding/`. */
  readonly source: string;
  readonly library: Library;
  /** Where the addon looks for the libraries when it is loaded. */
  readonly runPath: string;
  readonly target: string;
}

/** The compiler's arguments. */
function compilerArguments({ source, library, runPath, target }: Compilation, platform: string): string[] {
  const { include, directory, files } = library;
  // Symbols of Node-API are those of the process that loads the addon.
  const shared = platform === 'darwin' ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared'];
  return [
    ...['-std=c++17', '-O2', '-fPIC', '-w', ...shared, `-DNAPI_VERSION=${NAPI_VERSION}`],
    ...['-I', nodeHeaders(), '-I', include],
    ...SOURCES.map((name) => join(source, 'binding', name)),
    ...['-o', target],
    ...files.map((name) => join(directory, name)),
    `-Wl,-rpath,${runPath}`,
  ];
}

/** Compiles the addon. @throws CLI_COMPILER_FAILED */
export async function compile(compiler: string, compilation: Compilation, signal: AbortSignal): Promise<void> {
  try {
    await run(compiler, compilerArguments(compilation, process.platform), { signal, maxBuffer: 2 ** 26 });
  } catch (cause) {
    if (signal.aborted) throw cause;
    const { stderr = '' } = cause as { stderr?: string };
    const reason = /^.*(?:error|undefined reference).*$/m.exec(stderr)?.[0].trim() ?? String(cause);
    throw new LeakscopeError('CLI_COMPILER_FAILED', { compiler, reason, cause });
  }
}
