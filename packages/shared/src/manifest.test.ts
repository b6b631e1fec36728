import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { resolveExperiment } from './config.ts';
import { canonicalJson } from './json.ts';
import { createManifest, readManifest, writeManifest } from './manifest.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leakscope-manifest-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const experiment = resolveExperiment({ seed: 7, attack: { name: 'ggl', seed: 3 }, server: { token: 'hunter2' } });
const manifest = createManifest({
  runId: 'r1',
  experiment,
  versions: { leakscope: '0.1.0' },
  digests: { data: 'sha256:00' },
  created: new Date(0),
});

test('holds what it takes to repeat the run, and comes back as it was', async () => {
  await writeManifest(folder, manifest);
  expect(await readManifest(folder)).toEqual(manifest);
  expect(manifest).toMatchObject({
    seeds: { federation: 7, attacks: [3] },
    versions: { node: process.versions.node, leakscope: '0.1.0' },
    times: { created: '1970-01-01T00:00:00.000Z' },
  });
  expect(manifest.machine.cores).toBeGreaterThan(0);
  expect(resolveExperiment(manifest.experiment)).toEqual(manifest.experiment);
});

test('keeps no token', async () => {
  await writeManifest(folder, manifest);
  expect(readFileSync(join(folder, 'manifest.json'), 'utf8')).not.toContain('hunter2');
});

test.each([
  ['missing', undefined, /ENOENT/],
  ['truncated', '{"format": 1, "ex', /manifest\.json cannot be read/],
  ['of another format', '{"format": 2}', /format 2 is not known/],
])('a manifest that is %s gives a coded error', async (_name, text, message) => {
  if (text !== undefined) writeFileSync(join(folder, 'manifest.json'), text);
  await expect(readManifest(folder)).rejects.toThrow(
    expect.objectContaining({ code: 'STORE_MANIFEST_INVALID', message: expect.stringMatching(message) }),
  );
});

test('canonical JSON depends on the value alone, and refuses what JSON cannot hold', () => {
  expect(canonicalJson({ b: [1, { d: undefined, c: null }], a: 'x' })).toBe('{"a":"x","b":[1,{"c":null}]}');
  expect(() => canonicalJson({ metrics: [0, Number.NaN] })).toThrow('metrics.1 is NaN');
});
