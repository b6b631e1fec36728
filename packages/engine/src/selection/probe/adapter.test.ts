import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { adapterInAnswer, adapterInLog, adapterNamed, nvidiaAdapter } from './adapter.ts';

it.each([
  ['NVIDIA GeForce RTX 4090', false],
  ['AMD Radeon RX 7900 XTX (RADV NAVI31)', false],
  ['Intel(R) Arc(tm) A770 Graphics (DG2)', false],
  ['Apple M3 Pro', false],
  ['llvmpipe (LLVM 15.0.6, 256 bits)', true],
  ['SwiftShader Device (Subzero)', true],
  ['Microsoft Basic Render Driver', true],
  ['Apple Paravirtual device', true],
])('%s is software: %s', (name, software) => expect(adapterNamed(name)).toEqual({ name, software }));

it("reads the device that Vulkan's loader opened, not those that it saw", () => {
  const log = `INFO | DRIVER:               [0] NVIDIA L4
INFO | DRIVER:               [1] SwiftShader Device (Subzero)
DRIVER | LAYER:          Using "SwiftShader Device (Subzero)" with driver: "/usr/lib/chromium/./libvk_swiftshader.so"`;
  expect(adapterInLog(log)).toEqual({ name: 'SwiftShader Device (Subzero)', software: true });
  expect(adapterInLog('INFO | DRIVER:  [0] NVIDIA L4')).toBeUndefined();
});

it("reads the system's own list, a real adapter first", () => {
  const mac = 'Graphics/Displays:\n\n    Apple M2:\n\n      Chipset Model: Apple M2\n      Type: GPU\n';
  expect(adapterInAnswer('darwin', mac)).toEqual({ name: 'Apple M2', software: false });
  const windows = 'Microsoft Basic Display Adapter\r\nNVIDIA RTX A2000\r\n';
  expect(adapterInAnswer('win32', windows)).toEqual({ name: 'NVIDIA RTX A2000', software: false });
  expect(adapterInAnswer('win32', '\r\n')).toBeUndefined();
});

it("reads NVIDIA's driver", async () => {
  const root = await mkdtemp(join(tmpdir(), 'leakscope-nvidia-'));
  try {
    expect(nvidiaAdapter(root)).toBeUndefined();
    await mkdir(join(root, 'gpus', '0000:01:00.0'), { recursive: true });
    await writeFile(join(root, 'gpus', '0000:01:00.0', 'information'), 'Model: \t\t NVIDIA L4\nIRQ:   \t\t 44\n');
    await writeFile(join(root, 'version'), 'NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5\n');
    expect(nvidiaAdapter(root)).toEqual({ name: 'NVIDIA L4, driver 550.54.15', software: false });
  } finally {
    await rm(root, { recursive: true });
  }
});
