/** `pnpm build`: one tsc run over all packages, then each package's JavaScript and declarations go to its own dist/. */
import { spawnSync } from 'node:child_process';
import { cp, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const emitted = join(root, '.leakscope', 'build');

async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}

/** A module path in a string is out of tsc's sight; it would point at a source that is not in the package. */
async function refuseStrayModulePaths(dist: string): Promise<void> {
  for (const path of await filesUnder(dist)) {
    if (!path.endsWith('.js')) continue;
    const stray = /new URL\(\s*['"]\.[^'"]*\.ts['"]\s*,/.exec(await readFile(join(dist, path), 'utf8'));
    if (!stray) continue;
    process.stderr.write(`${join(dist, path)}: ${stray[0]} names a source file, which no tarball carries\n`);
    process.exitCode = 1;
  }
}

await rm(emitted, { recursive: true, force: true });
const tsc = spawnSync('tsc', ['-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
if (tsc.status !== 0) process.exit(tsc.status ?? 1);

for (const name of await readdir(emitted)) {
  const dist = join(root, 'packages', name, 'dist');
  const sources = join(root, 'packages', name, 'src');
  await rm(dist, { recursive: true, force: true });
  await mkdir(dist, { recursive: true });
  await cp(join(emitted, name, 'src'), dist, { recursive: true });
  // Files that a module reads beside itself (.proto, .css) travel with it.
  for (const path of await filesUnder(sources)) {
    if (!path.endsWith('.ts')) await cp(join(sources, path), join(dist, path));
  }
  await refuseStrayModulePaths(dist);
}
