/** The modules that docs/modules.md shows, as a reader would have them: files in a folder of their own, outside the workspace. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const page = readFileSync(new URL('../../docs/modules.md', import.meta.url), 'utf8');

/** Source of every example by its file name. */
export const EXAMPLES: ReadonlyMap<string, string> = new Map(
  [...page.matchAll(/```ts\n\/\/ (\S+\.ts)\n([\s\S]*?)```/g)].map(([, name = '', code = '']) => [name, code]),
);

export interface ExampleFolder {
  readonly path: string;
  remove(): void;
}

/** A fresh folder with all of them, and with `more` files. */
export function exampleFolder(more: Readonly<Record<string, string>> = {}): ExampleFolder {
  const path = mkdtempSync(join(tmpdir(), 'leakscope-modules-'));
  for (const [name, code] of [...EXAMPLES, ...Object.entries(more)]) writeFileSync(join(path, name), code);
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
