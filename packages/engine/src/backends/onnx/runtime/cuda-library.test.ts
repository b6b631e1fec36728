import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { bindingFolder, hasCudaBuild, installCommand, missingProviders } from './cuda-library.ts';

it("finds the package's native libraries", () => {
  expect(existsSync(join(bindingFolder(), 'onnxruntime_binding.node'))).toBe(true);
});

it('names the libraries that are not there', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'leakscope-provider-'));
  try {
    expect(missingProviders(folder)).toHaveLength(2);
    await writeFile(join(folder, 'libonnxruntime_providers_shared.so'), '');
    expect(missingProviders(folder)).toEqual(['libonnxruntime_providers_cuda.so']);
  } finally {
    await rm(folder, { recursive: true });
  }
});

it.each([
  ['linux', 'x64', true],
  ['linux', 'arm64', false],
  ['darwin', 'arm64', false],
  ['win32', 'x64', false],
])('%s on %s has CUDA: %s', (platform, arch, expected) => expect(hasCudaBuild(platform, arch)).toBe(expected));

it('prints a command whose script is there, takes the flag for CUDA 12, and puts the libraries where they are looked for', () => {
  const [node, script, flag] = installCommand().split(' ') as [string, string, string];
  expect(node).toBe('node');
  expect(existsSync(script)).toBe(true);
  const utils = join(dirname(script), 'install-utils.js');
  const read = `console.log(require(${JSON.stringify(join(process.cwd(), utils))}).parseInstallFlag())`;
  expect(execFileSync(process.execPath, ['-e', read, '--', flag], { encoding: 'utf8' }).trim()).toBe('cuda12');
  const metadata = createRequire(join(process.cwd(), script))('./install-metadata.js') as {
    manifests: Record<string, Record<string, unknown>>;
  };
  const files = Object.keys(metadata.manifests['linux/x64:cuda12'] ?? {});
  expect(files).toContain('./libonnxruntime_providers_cuda.so');
  expect(files).toContain('./libonnxruntime_providers_shared.so');
});
