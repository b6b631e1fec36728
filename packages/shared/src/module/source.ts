/** The file of a user's own module: how it is told from a name, found and digested. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { LeakscopeError } from '../errors.ts';
import { digestBytes } from '../tensors.ts';
import type { ModuleKind } from './kind.ts';

export interface ModuleSource {
  /** What it is to define; `module` where it may define anything. */
  readonly kind: ModuleKind | 'module';
  /** As the experiment or the command line has it. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  /** `sha256:<hex>` of the file; what the file imports is not in it. */
  readonly digest: string;
}

/** Whether a name is the path of a module: it starts with `./`, `../` or `/`, or ends like a script. */
export const isModulePath = (name: string): boolean => /^\.{0,2}\//.test(name) || /\.[cm]?[jt]s$/.test(name);

/** Reads a module's file; a relative path starts at `base`. Throws MODULE_INVALID where there is none. */
export async function openSource(kind: ModuleSource['kind'], name: string, base: string): Promise<ModuleSource> {
  const path = resolve(base, name);
  try {
    return { kind, name, path, digest: digestBytes(await readFile(path)) };
  } catch (cause) {
    throw new LeakscopeError('MODULE_INVALID', { kind, place: path, reason: 'no such file', cause });
  }
}

/** `path:line:column` of the innermost frame of `error` that is in the module's file; the path alone where there is none. */
export function placeOf({ path }: ModuleSource, error: unknown): string {
  if (!(error instanceof Error)) return path;
  const place = placeIn(error.stack ?? '', path);
  if (place !== undefined || !(error instanceof SyntaxError)) return place ?? path;
  // Node tells an importer of a mistake of syntax, but not where it is; its own check says.
  const { stderr } = spawnSync(process.execPath, ['--check', path], { encoding: 'utf8' });
  return placeIn(stderr, path) ?? path;
}

function placeIn(text: string, path: string): string | undefined {
  for (const line of text.split('\n')) {
    for (const file of [pathToFileURL(path).href, path]) {
      const at = line.indexOf(file);
      const numbers = at < 0 ? null : /^(?::\d+){1,2}/.exec(line.slice(at + file.length));
      if (numbers !== null) return path + numbers[0];
    }
  }
  return undefined;
}

/** `path:line` where the module first names `part`, a member or `export default`; the path alone where it nowhere does. */
export function placeOfPart({ path }: ModuleSource, part: string): string {
  const pattern = new RegExp(`(?:^|[\\s,{])${part}\\b`);
  const line = readFileSync(path, 'utf8')
    .split('\n')
    .findIndex((text) => pattern.test(text));
  return line < 0 ? path : `${path}:${line + 1}`;
}
