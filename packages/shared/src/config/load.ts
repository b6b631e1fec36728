/** Reads an experiment file. */
import { readFile } from 'node:fs/promises';
import { parseDocument } from 'yaml';
import { LeakscopeError } from '../errors.ts';
import type { Experiment } from './experiment.ts';
import { applyOverride } from './override.ts';
import { resolveExperiment } from './validate.ts';

export interface LoadOptions {
  /** `path.to.key=value`, applied in order before validation. */
  set?: readonly string[];
}

/** The experiment of a YAML (or JSON) file, every default filled in. Throws CONFIG_FILE_MISSING, CONFIG_YAML_INVALID and what `resolveExperiment` throws. */
export async function loadExperiment(path: string, { set = [] }: LoadOptions = {}): Promise<Experiment> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new LeakscopeError('CONFIG_FILE_MISSING', { path, cause });
  }
  return parseExperiment(text, { path, set });
}

/** The same from text; `path` is for messages. */
export function parseExperiment(
  text: string,
  { path = 'experiment', set = [] }: LoadOptions & { path?: string } = {},
): Experiment {
  const document = parseDocument(text, { prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) {
    const before = text.slice(0, error.pos[0]).split('\n');
    throw new LeakscopeError('CONFIG_YAML_INVALID', {
      path,
      line: before.length,
      column: (before.at(-1) as string).length + 1,
      reason: error.message,
    });
  }
  // An empty file is an experiment of defaults.
  const raw: unknown = document.toJS() ?? {};
  if (typeof raw === 'object' && !Array.isArray(raw)) {
    for (const assignment of set) applyOverride(raw as Record<string, unknown>, assignment);
  }
  return resolveExperiment(raw);
}
