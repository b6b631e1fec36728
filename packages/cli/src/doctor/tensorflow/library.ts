/** TensorFlow's C headers and libraries as they lie on disk: in Google's libtensorflow, and in an installed Python package. */
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { LeakscopeError } from '@leakscope/shared/errors';

/** What an addon is compiled with and linked to. */
export interface Library {
  /** Holds tensorflow/c/c_api.h. */
  readonly include: string;
  /** Holds the libraries. */
  readonly directory: string;
  /** Files to link to, in `directory`. */
  readonly files: readonly string[];
}

const HEADER = join('tensorflow', 'c', 'c_api.h');

/** Names of one library, the one that the linker records first, on Linux and on macOS. */
const names = (stem: string): string[] => [`${stem}.so.2`, `${stem}.2.dylib`, `${stem}.so`, `${stem}.dylib`];

/** The C API's library in a wheel, and in libtensorflow; each comes with its framework library. */
const API = [names('libtensorflow_cc'), names('libtensorflow')];
const FRAMEWORK = names('libtensorflow_framework');

/** The library of a folder: its own include/ and lib/, or those of a package `tensorflow` in it; undefined where it has none. */
export function libraryIn(folder: string): Library | undefined {
  for (const root of [folder, join(folder, 'tensorflow')]) {
    const include = join(root, 'include');
    if (!existsSync(join(include, HEADER))) continue;
    for (const libraries of [join(root, 'lib'), root]) {
      const first = (candidates: string[]): string | undefined =>
        candidates.find((name) => existsSync(join(libraries, name)));
      const api = API.map(first).find((name) => name !== undefined);
      const framework = first(FRAMEWORK);
      if (api !== undefined && framework !== undefined)
        return { include, directory: libraries, files: [api, framework] };
    }
  }
  return undefined;
}

/** The library of a folder that the user named. @throws CLI_TENSORFLOW_INVALID */
export function requireLibrary(folder: string): Library {
  const library = libraryIn(resolve(folder));
  if (library !== undefined) return library;
  const reason = `neither it nor its folder tensorflow/ holds include/${HEADER} and, in lib/ or beside it, ${API.map(([name]) => name).join(' or ')} with ${FRAMEWORK[0]}`;
  throw new LeakscopeError('CLI_TENSORFLOW_INVALID', { path: folder, reason });
}

/** Where a TensorFlow may lie that nobody named: /usr/local, and Python's package folders. Nothing of Python is run. */
export function usualFolders(environment: NodeJS.ProcessEnv, home = homedir()): string[] {
  const own = [environment.VIRTUAL_ENV, environment.CONDA_PREFIX].flatMap((prefix) => (prefix ? [prefix] : []));
  const prefixes = [...own, join(home, '.local'), '/usr/local', '/usr'];
  return prefixes.flatMap((prefix) => [prefix, ...packageFolders(join(prefix, 'lib'))]);
}

function packageFolders(lib: string): string[] {
  if (!existsSync(lib)) return [];
  const pythons = readdirSync(lib).filter((name) => /^python3(\.\d+)?$/.test(name));
  return pythons.flatMap((python) => ['site-packages', 'dist-packages'].map((name) => join(lib, python, name)));
}
