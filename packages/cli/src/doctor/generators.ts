/** Whether the shipped generators are here and are the ones that were shipped. */
import { readFile } from 'node:fs/promises';
import { generatorPath, SHIPPED_GENERATORS } from '@leakscope/models/shipped';
import { digestBytes } from '@leakscope/shared/tensors';
import { type Finding, firstLine } from './finding.ts';

export async function generatorFindings(): Promise<Finding[]> {
  return await Promise.all(
    Object.entries(SHIPPED_GENERATORS).map(([name, { digest }]) => shippedGenerator(name, digest)),
  );
}

async function shippedGenerator(generator: string, expected: string): Promise<Finding> {
  const name = `generator ${generator}`;
  const remedy = 'Install again: a file of the package is damaged.';
  try {
    const path = generatorPath(generator);
    const digest = digestBytes(await readFile(path));
    if (digest === expected) return { name, status: 'ok', detail: `${digest.slice(0, 19)}, ${path}` };
    return { name, status: 'failed', detail: `${path} has ${digest}, shipped was ${expected}`, remedy };
  } catch (error) {
    return { name, status: 'failed', detail: firstLine(error), remedy };
  }
}
