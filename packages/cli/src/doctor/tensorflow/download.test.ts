import { expect, it } from 'vitest';
import { archiveUrl } from './download.ts';

const linux = { platform: 'linux', arch: 'x64', gpu: false };

it.each([
  [linux, /libtensorflow-cpu-linux-x86_64-2\.9\.1\.tar\.gz$/],
  [{ ...linux, gpu: true }, /libtensorflow-gpu-linux-x86_64-2\.9\.1\.tar\.gz$/],
  [{ ...linux, platform: 'darwin', gpu: true }, /libtensorflow-cpu-darwin-x86_64/],
  [{ ...linux, arch: 'arm64' }, /linux_arm64\.tar\.gz$/],
])('%j is at %s', (machine, url) => expect(archiveUrl(machine, {})).toMatch(url));

it('takes the mirror that tfjs-node would', () => {
  expect(archiveUrl(linux, { TFJS_NODE_BASE_URI: 'https://mirror.example/tf-' })).toBe(
    'https://mirror.example/tf-cpu-linux-x86_64-2.9.1.tar.gz',
  );
  expect(archiveUrl(linux, { TFJS_NODE_CDN_STORAGE: 'https://mirror.example/' })).toMatch(
    /^https:\/\/mirror\.example\/tensorflow\/libtensorflow\//,
  );
});

it('knows no archive for other processors', () => {
  expect(archiveUrl({ ...linux, arch: 'riscv64' }, {})).toBeUndefined();
});
