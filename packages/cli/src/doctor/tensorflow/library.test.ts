/** Libraries found in folders laid out as Google's and Python's packages are; the files are empty. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { libraryIn, requireLibrary, usualFolders } from './library.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'leakscope-library-'));
});
afterAll(() => rm(root, { recursive: true }));

async function folder(name: string, files: readonly string[]): Promise<string> {
  for (const file of files) {
    const path = join(root, name, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, '');
  }
  return join(root, name);
}

const HEADER = 'include/tensorflow/c/c_api.h';
const WHEEL = [HEADER, 'libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];

describe('libraryIn', () => {
  it('finds libtensorflow as Google packs it', async () => {
    const path = await folder('google', [HEADER, 'lib/libtensorflow.so.2', 'lib/libtensorflow_framework.so.2']);
    expect(libraryIn(path)).toEqual({
      include: join(path, 'include'),
      directory: join(path, 'lib'),
      files: ['libtensorflow.so.2', 'libtensorflow_framework.so.2'],
    });
  });

  it("finds Python's package, named itself or by the folder of packages", async () => {
    const packages = await folder(
      'python',
      WHEEL.map((file) => `tensorflow/${file}`),
    );
    const own = join(packages, 'tensorflow');
    const expected = { include: join(own, 'include'), directory: own, files: WHEEL.slice(1) };
    expect(libraryIn(own)).toEqual(expected);
    expect(libraryIn(packages)).toEqual(expected);
  });

  it('finds the names of macOS', async () => {
    const path = await folder('mac', [HEADER, 'libtensorflow_cc.2.dylib', 'libtensorflow_framework.2.dylib']);
    expect(libraryIn(path)?.files).toEqual(['libtensorflow_cc.2.dylib', 'libtensorflow_framework.2.dylib']);
  });

  it.each([
    ['headers', ['lib/libtensorflow.so.2', 'lib/libtensorflow_framework.so.2']],
    ['the framework library', [HEADER, 'lib/libtensorflow.so.2']],
    ['the library of the C API', [HEADER, 'lib/libtensorflow_framework.so.2']],
  ])('refuses a folder without %s', async (missing, files) => {
    const path = await folder(`without ${missing}`, files);
    expect(libraryIn(path)).toBeUndefined();
    expect(() => requireLibrary(path)).toThrow(expect.objectContaining({ code: 'CLI_TENSORFLOW_INVALID' }));
  });
});

describe('usualFolders', () => {
  it('looks into the active environment first, at every version of Python', async () => {
    const packages = 'venv/lib/python3.11/site-packages';
    await folder(packages, []);
    await folder('home/.local/lib/python3.12/site-packages', ['x']);
    await folder(packages, ['x']);
    const folders = usualFolders({ VIRTUAL_ENV: join(root, 'venv') }, join(root, 'home'));
    const ours = folders.filter((path) => path.startsWith(root) && path.endsWith('site-packages'));
    expect(ours).toEqual([join(root, packages), join(root, 'home/.local/lib/python3.12/site-packages')]);
    expect(folders).toContain('/usr/local');
  });
});
