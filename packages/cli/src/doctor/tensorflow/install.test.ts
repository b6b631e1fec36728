/** The install from fake libraries with a fake compiler: what is where afterwards, and that a failure leaves nothing. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { storedZip } from '@leakscope/data/stored-zip.fixture';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { ProgressEvent } from '../../shell/progress.ts';
import { type Installed, installTensorflow } from './install.ts';

let root: string;
let home: string;
let compiler: string;

const HEADER = 'include/tensorflow/c/c_api.h';
const LIBRARIES = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];

/** Writes its arguments to the file after -o; a compiler named `failing` complains instead. */
const COMPILER = `#!/bin/sh
if [ "$1" = --version ]; then echo "fake 1.0"; exit; fi
case "$0" in *failing) echo "binding.cc:1: error: no such type" >&2; exit 1;; esac
arguments="$*"
while [ "$1" != -o ]; do shift; done
echo "$arguments" > "$2"
`;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'leakscope-install-'));
  home = join(root, 'home');
  vi.stubEnv('LEAKSCOPE_HOME', home);
  compiler = join(root, 'compiler');
  for (const path of [compiler, `${compiler}-failing`]) {
    await writeFile(path, COMPILER);
    await chmod(path, 0o755);
  }
  for (const file of [HEADER, ...LIBRARIES]) {
    await mkdir(dirname(join(root, 'tensorflow', file)), { recursive: true });
    await writeFile(join(root, 'tensorflow', file), file);
  }
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(root, { recursive: true });
});

interface Overrides {
  from?: string | undefined;
  CXX?: string;
  LIBTENSORFLOW?: string;
  probe?: () => Promise<string>;
  progress?: ProgressEvent[];
}

function install({ probe, progress = [], from = join(root, 'tensorflow'), ...variables }: Overrides = {}) {
  return installTensorflow({
    from: 'LIBTENSORFLOW' in variables ? undefined : from,
    environment: { CXX: compiler, ...variables },
    signal: AbortSignal.timeout(30_000),
    onProgress: (event) => progress.push(event),
    probe: probe ?? (async () => '2.21.0'),
  });
}

const addonArguments = async ({ folder }: Installed): Promise<string> =>
  await readFile(join(folder, 'tfjs_binding.node'), 'utf8');
const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
const left = async (): Promise<string[]> => await readdir(home).catch(() => []);

it('links to an installed library where it lies, and writes down what it used', async () => {
  const installed = await install();
  const library = join(root, 'tensorflow');
  expect(installed).toMatchObject({ folder: join(home, 'tensorflow'), unchanged: false });
  expect(installed.manifest).toMatchObject({
    tensorflow: '2.21.0',
    compiler: 'fake 1.0',
    source: { path: library },
    libraries: LIBRARIES.map((name) => ({ path: join(library, name), sha256: digest(name) })),
  });
  const line = await addonArguments(installed);
  expect(line).toContain(`-I ${join(library, 'include')}`);
  expect(line).toContain(`-Wl,-rpath,${library}`);
  expect(line).toMatch(/binding\/tfjs_backend\.cc .*binding\/tfjs_binding\.cc/);
  expect(JSON.parse(await readFile(join(home, 'tensorflow', 'manifest.json'), 'utf8'))).toEqual(installed.manifest);
  expect(await left()).toEqual(['tensorflow']);
});

it('keeps the libraries of a wheel beside the addon, and nothing else of it', async () => {
  const wheel = join(root, 'tensorflow-2.21.0.whl');
  const files = [HEADER, ...LIBRARIES, 'python/__init__.py'].map((file) => [`tensorflow/${file}`, file]);
  await writeFile(wheel, storedZip(Object.fromEntries(files)));
  const progress: ProgressEvent[] = [];
  const installed = await install({ from: wheel, progress });
  expect(await addonArguments(installed)).toContain('-Wl,-rpath,$ORIGIN/lib');
  expect((await readdir(installed.folder)).sort()).toEqual(['lib', 'manifest.json', 'tfjs_binding.node']);
  expect((await readdir(join(installed.folder, 'lib'))).sort()).toEqual(LIBRARIES);
  expect(installed.manifest.libraries.map(({ path }) => path)).toEqual(LIBRARIES.map((name) => join('lib', name)));
  expect(new Set(progress.map(({ phase }) => phase))).toEqual(new Set(['unpack (MB)', 'compile']));
});

it('keeps the libraries of an archive of libtensorflow, where they are links to versions', async () => {
  const google = join(root, 'google');
  await mkdir(join(google, dirname(HEADER)), { recursive: true });
  await writeFile(join(google, HEADER), '');
  await mkdir(join(google, 'lib'));
  for (const stem of ['libtensorflow', 'libtensorflow_framework']) {
    await writeFile(join(google, 'lib', `${stem}.so.2.9.1`), stem);
    await symlink(`${stem}.so.2.9.1`, join(google, 'lib', `${stem}.so.2`));
  }
  const archive = join(root, 'libtensorflow-cpu-linux-x86_64-2.9.1.tar.gz');
  execFileSync('tar', ['-czf', archive, '-C', google, 'include', 'lib']);
  const { folder } = await install({ from: archive });
  expect(await readFile(join(folder, 'lib', 'libtensorflow.so.2'), 'utf8')).toBe('libtensorflow');
  expect(await readFile(join(folder, 'lib', 'libtensorflow_framework.so.2'), 'utf8')).toBe('libtensorflow_framework');
});

it('takes the place that LIBTENSORFLOW names', async () => {
  const installed = await install({ LIBTENSORFLOW: join(root, 'tensorflow') });
  expect(installed.manifest.source.path).toBe(join(root, 'tensorflow'));
});

it('does nothing the second time, and builds again for another library or when the addon is broken', async () => {
  expect((await install()).unchanged).toBe(false);
  expect((await install({ CXX: `${compiler}-failing` })).unchanged).toBe(true);
  await writeFile(join(root, 'tensorflow', 'libtensorflow_cc.so.2'), 'another release');
  expect((await install()).unchanged).toBe(false);
  expect((await install()).unchanged).toBe(true);
  await writeFile(join(home, 'tensorflow', 'tfjs_binding.node'), 'damaged');
  expect((await install()).unchanged).toBe(false);
});

it('leaves nothing half-made, and an older install as it was', async () => {
  await expect(install({ CXX: `${compiler}-failing` })).rejects.toMatchObject({
    code: 'CLI_COMPILER_FAILED',
    message: expect.stringContaining('binding.cc:1: error: no such type'),
  });
  expect(await left()).toEqual([]);
  const { manifest } = await install();
  await writeFile(join(root, 'tensorflow', 'libtensorflow_cc.so.2'), 'another system');
  const broken = install({ probe: () => Promise.reject(new Error('wrong processor')) });
  await expect(broken).rejects.toThrow('wrong processor');
  expect(await left()).toEqual(['tensorflow']);
  expect(JSON.parse(await readFile(join(home, 'tensorflow', 'manifest.json'), 'utf8'))).toEqual(manifest);
});

it.each([
  ['nothing', 'absent', undefined],
  ['a file of another kind', 'library.rpm', 'x'],
  ['a wheel that is none', 'broken.whl', 'x'],
  ['an archive that is none', 'broken.tar.gz', 'x'],
])('refuses %s', async (_, name, content) => {
  if (content !== undefined) await writeFile(join(root, name), content);
  await expect(install({ from: join(root, name) })).rejects.toMatchObject({ code: 'CLI_TENSORFLOW_INVALID' });
  expect(await left()).toEqual([]);
});

it('says which compilers it tried', async () => {
  vi.stubEnv('PATH', root);
  await expect(install({ CXX: 'no-such-compiler' })).rejects.toMatchObject({
    code: 'CLI_COMPILER_MISSING',
    message: expect.stringContaining('no-such-compiler, g++'),
  });
});
