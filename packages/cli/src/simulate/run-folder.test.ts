/** Run folders: never two runs in one, and a resumed run is the one that was begun. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseExperiment } from '@leakscope/shared/config';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { isUnfinished, markFinished, newRunFolder, resumedRunFolder, runFolder } from './run-folder.ts';

const TEXT = 'name: tiny\nseed: 4\nstages: [{ name: only, rounds: 1 }]';
const experiment = parseExperiment(TEXT);
let root = '';
let before = '';

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'leakscope-runs-'));
  before = process.cwd();
  process.chdir(root);
});
afterEach(async () => {
  process.chdir(before);
  await rm(root, { recursive: true });
});

it('goes on with the latest unfinished run of the name', async () => {
  const first = await newRunFolder(experiment, undefined, new Date('2026-01-01T00:00:00Z'));
  const second = await newRunFolder(experiment, undefined, new Date('2026-01-01T00:00:01Z'));
  await newRunFolder(parseExperiment(TEXT.replace('tiny', 'tiny-er')), undefined);
  expect((await resumedRunFolder(experiment, undefined)).path).toBe(second.path);
  await markFinished(second);
  expect(isUnfinished(second.path)).toBe(false);
  expect((await resumedRunFolder(experiment, undefined)).path).toBe(first.path);
  await markFinished(first);
  await expect(resumedRunFolder(experiment, undefined)).rejects.toMatchObject({ code: 'CLI_NOTHING_TO_RESUME' });
});

it('does not begin a second run in a folder', async () => {
  await newRunFolder(experiment, 'here');
  await expect(newRunFolder(experiment, 'here')).rejects.toMatchObject({ code: 'CLI_RUN_EXISTS' });
});

it('refuses to resume with another experiment, and names the key', async () => {
  await newRunFolder(experiment, 'here');
  const changed = parseExperiment(`${TEXT}\nmodel: { classes: 3 }`);
  await expect(resumedRunFolder(changed, 'here')).rejects.toMatchObject({
    code: 'CLI_RUN_DIFFERS',
    details: { key: 'model.classes' },
  });
  expect((await resumedRunFolder(experiment, 'here')).path).toBe(join(process.cwd(), 'here'));
});

it('begins or goes on, whichever it is, and not with another experiment', async () => {
  const begun = await runFolder(experiment, 'here');
  expect(isUnfinished(begun.path)).toBe(true);
  await markFinished(begun);
  expect(await runFolder(experiment, 'here')).toEqual(begun);
  expect(isUnfinished(begun.path)).toBe(false);
  await expect(runFolder({ ...experiment, seed: 5 }, 'here')).rejects.toMatchObject({ code: 'CLI_RUN_DIFFERS' });
});

it('says so where nothing was begun', async () => {
  await expect(resumedRunFolder(experiment, 'nowhere')).rejects.toMatchObject({ code: 'CLI_NOTHING_TO_RESUME' });
});
