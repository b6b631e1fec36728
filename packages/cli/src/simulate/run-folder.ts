/** The folder of a run: a new one, or one that is gone on with, and the experiment files that its processes read. */
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { writeFileAtomically } from '@leakscope/shared/atomic';
import { type Experiment, parseExperiment, withoutSecrets } from '@leakscope/shared/config';
import { LeakscopeError } from '@leakscope/shared/errors';
import { canonicalJson } from '@leakscope/shared/json';

export interface RunFolder {
  readonly path: string;
  /** What the server, the clients and the evaluator read: every default filled in, no token. */
  readonly experimentFile: string;
  /** What the attackers read: the attacks and nothing of data, clients or seeds. */
  readonly attackFile: string;
}

/** Present from when a run began until its report was written. */
const UNFINISHED = '.unfinished';

/** A new folder under `runs/`, or `out`; throws CLI_RUN_EXISTS where `out` holds a run already. */
export async function newRunFolder(
  experiment: Experiment,
  out: string | undefined,
  now = new Date(),
): Promise<RunFolder> {
  const path = resolve(out ?? join('runs', `${experiment.name}-${stamp(now)}`));
  const folder = filesOf(path);
  if (existsSync(folder.experimentFile)) throw new LeakscopeError('CLI_RUN_EXISTS', { run: out ?? path });
  await writeFileAtomically(join(path, UNFINISHED), '');
  await writeFileAtomically(folder.attackFile, json(attackPart(experiment)));
  await writeFileAtomically(folder.experimentFile, json(withoutSecrets(experiment)));
  return folder;
}

/** The folder `out`, or the latest unfinished run of this name. Throws CLI_NOTHING_TO_RESUME, and CLI_RUN_DIFFERS where the experiment was changed. */
export async function resumedRunFolder(experiment: Experiment, out: string | undefined): Promise<RunFolder> {
  const path = out === undefined ? await latestUnfinished(experiment.name) : resolve(out);
  const folder = path === undefined ? undefined : filesOf(path);
  if (!folder || !existsSync(folder.experimentFile)) {
    throw new LeakscopeError('CLI_NOTHING_TO_RESUME', { name: experiment.name, folder: out ?? 'runs' });
  }
  const begun = parseExperiment(await readFile(folder.experimentFile, 'utf8'), { path: folder.experimentFile });
  const key = differingKey(withoutSecrets(begun), withoutSecrets(experiment));
  if (key !== undefined) throw new LeakscopeError('CLI_RUN_DIFFERS', { run: folder.path, key });
  return folder;
}

/** The folder `out`: a new one, or that of the same experiment begun there before. Throws CLI_RUN_DIFFERS. */
export function runFolder(experiment: Experiment, out: string): Promise<RunFolder> {
  const begun = existsSync(filesOf(resolve(out)).experimentFile);
  return (begun ? resumedRunFolder : newRunFolder)(experiment, out);
}

/** How a report and a later --resume see that a run is through. */
export async function markFinished({ path }: RunFolder): Promise<void> {
  await rm(join(path, UNFINISHED), { force: true });
}

export function isUnfinished(path: string): boolean {
  return existsSync(join(path, UNFINISHED));
}

function filesOf(path: string): RunFolder {
  return { path, experimentFile: join(path, 'experiment.json'), attackFile: join(path, 'attack.json') };
}

/** The first wall, as a file. An experiment of defaults but for what an attacker may know. */
function attackPart({ name, attacks, queue, engine, threads }: Experiment): object {
  return { name, attacks, queue, engine, threads };
}

async function latestUnfinished(name: string): Promise<string | undefined> {
  const entries = existsSync('runs') ? await readdir('runs') : [];
  const candidates = entries.filter((entry) => entry.startsWith(`${name}-`)).map((entry) => resolve('runs', entry));
  const unfinished = candidates.filter((path) => isUnfinished(path) && runName(path) === name);
  const dated = await Promise.all(unfinished.map(async (path) => ({ path, at: (await stat(path)).mtimeMs })));
  return dated.sort((a, b) => b.at - a.at)[0]?.path;
}

/** The stamp has no dash, so the name is all before the last one. */
function runName(path: string): string {
  return basename(path).split('-').slice(0, -1).join('-');
}

/** First key, down to two levels, in which two experiments differ. */
function differingKey(
  a: Record<string, unknown> | object,
  b: Record<string, unknown> | object,
  depth = 2,
): string | undefined {
  const left = Object.fromEntries(Object.entries(a));
  const right = Object.fromEntries(Object.entries(b));
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
    const [x, y] = [left[key], right[key]];
    if (canonicalJson(x ?? null) === canonicalJson(y ?? null)) continue;
    const inner = depth > 1 && isObject(x) && isObject(y) ? differingKey(x, y, depth - 1) : undefined;
    return inner === undefined ? key : `${key}.${inner}`;
  }
  return undefined;
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** 20261122T134501 */
const stamp = (date: Date) => date.toISOString().replace(/[-:]|\.\d+Z$/g, '');

const json = (value: object) => `${JSON.stringify(value, null, 2)}\n`;
