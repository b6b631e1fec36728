/** What doctor says of the machine: Node, threads, memory, disk, and the folder with real faces. */
import { existsSync, readdirSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import type { Finding } from './finding.ts';

const GIB = 2 ** 30;

export async function machineFindings(): Promise<Finding[]> {
  return [node(), threads(), await disk(process.cwd()), data(process.env.LEAKSCOPE_DATA ?? '../shared/data')];
}

function node(): Finding {
  const [major = 0] = process.versions.node.split('.').map(Number);
  const detail = `${process.version}, ${process.platform} ${process.arch}`;
  if (major === 22) return { name: 'Node', status: 'ok', detail };
  return {
    name: 'Node',
    status: 'ok',
    detail: `${detail}: newer than the tested Node 22`,
    remedy: 'Same seed, same numbers is promised for one version of Node; the tests run on Node 22.',
  };
}

function threads(): Finding {
  const detail = `${availableParallelism()}, ${(totalmem() / GIB).toFixed(1)} GiB of memory`;
  return { name: 'threads', status: 'ok', detail };
}

/** A run of thousands of updates keeps each one: about 45 MB an update of ResNet-18. */
async function disk(folder: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(folder);
  const free = (bavail * bsize) / GIB;
  const detail = `${free.toFixed(1)} GiB free in ${folder}`;
  if (free >= 5) return { name: 'disk', status: 'ok', detail };
  return {
    name: 'disk',
    status: 'missing',
    detail,
    remedy: 'A run keeps each update, about 45 MB apiece: name a roomier folder with --out.',
  };
}

function data(folder: string): Finding {
  const path = resolve(folder);
  const celeba = existsSync(path)
    ? readdirSync(path).filter((entry) => existsSync(join(path, entry, 'list_attr_celeba.txt')))
    : [];
  if (celeba.length > 0)
    return { name: 'data', status: 'ok', detail: `celeba in ${celeba.map((entry) => join(path, entry)).join(', ')}` };
  return {
    name: 'data',
    status: 'missing',
    detail: `no CelebA under ${path}`,
    remedy:
      'Not needed for synthetic-faces. Set data.path in the experiment, or LEAKSCOPE_DATA, to a folder that holds one with list_attr_celeba.txt.',
  };
}
