/** What every data source must do, built in or a user's own. */
import assert from 'node:assert/strict';
import { type ConformanceSuite, casesOf } from '@leakscope/shared/module';
import { parsePlugin } from '@leakscope/shared/plugin';
import { type Dataset, PARTITIONS } from './dataset.ts';
import { parseData } from './open.ts';

export { kit } from './kit.ts';

/** Examples of each partition that are looked at. */
const SAMPLE = 50;

/** The cases of a source with these parameters. Each throws where it falls short. */
export const datasetConformance: ConformanceSuite = (spec, base) => {
  const open = async (): Promise<Dataset> => {
    const { name, params } = parsePlugin(spec, 'dataset');
    return (await parseData({ source: name, params }, base)).open();
  };
  return casesOf(open, {
    'cuts its examples into partitions that share none': ['partition', disjoint],
    'labels every example with one of its classes': ['label', labelled],
    'names every example differently': ['id', named],
    'knows the attributes that it lists': ['attributes', attributed],
    'decodes images of its resolution within [-1, 1]': ['example', decoded],
    'hands out a fresh image each time': ['example', fresh],
    'refuses an example that it does not have': ['example', refusing],
    'is the same each time it is opened': ['digest', (first) => repeatable(first, open)],
    'can be closed': ['close', (dataset) => dataset.close()],
  });
};

/** The first, the last and some between of each partition. */
const sampled = (dataset: Dataset): number[] =>
  PARTITIONS.flatMap((name) => {
    const indices = dataset.partition(name);
    const step = Math.max(1, Math.floor(indices.length / SAMPLE));
    return indices.filter((_, i) => i % step === 0 || i === indices.length - 1);
  });

function disjoint(dataset: Dataset): void {
  const seen = new Set<number>();
  for (const name of PARTITIONS) {
    const indices = dataset.partition(name);
    assert.ok(indices.length > 0, `${name} is empty`);
    for (const [i, index] of indices.entries()) {
      assert.ok(!seen.has(index), `example ${index} is in two partitions, or twice in ${name}`);
      assert.ok(i === 0 || index > (indices[i - 1] as number), `${name} is not in ascending order`);
      seen.add(index);
    }
  }
}

function labelled(dataset: Dataset): void {
  const labels = sampled(dataset).map((index) => dataset.label(index));
  const outside = labels.find((label) => label >= dataset.classes);
  assert.ok(outside === undefined, `label ${outside} is not one of ${dataset.classes} classes`);
  assert.ok(new Set(labels).size > 1, 'all examples have one label');
}

function named(dataset: Dataset): void {
  const indices = [...new Set(sampled(dataset))];
  const ids = indices.map((index) => dataset.id(index));
  assert.ok(
    ids.every((id) => typeof id === 'string' && id !== ''),
    'an id is not a text',
  );
  assert.equal(new Set(ids).size, ids.length, 'two examples have one id');
}

function attributed(dataset: Dataset): void {
  for (const index of sampled(dataset)) {
    const attributes = dataset.attributes(index);
    for (const name of dataset.attributeNames)
      assert.equal(typeof attributes[name], 'boolean', `attribute ${name} of example ${index}`);
  }
}

async function decoded(dataset: Dataset): Promise<void> {
  for (const index of sampled(dataset)) {
    const example = await dataset.example(index);
    assert.equal(
      example.image.length,
      3 * dataset.resolution ** 2,
      `image ${index} is not [3, resolution, resolution]`,
    );
    assert.ok(
      example.image.every((value) => Math.abs(value) <= 1),
      `image ${index} has a value outside [-1, 1]`,
    );
    assert.deepEqual(
      [example.index, example.id, example.label],
      [index, dataset.id(index), dataset.label(index)],
      'the example is annotated otherwise than the dataset says',
    );
  }
}

async function fresh(dataset: Dataset): Promise<void> {
  const [index = 0] = dataset.partition('clients');
  const first = await dataset.example(index);
  const kept = first.image.slice();
  first.image.fill(7);
  assert.deepEqual((await dataset.example(index)).image, kept, 'who writes to an image changes it for others');
}

async function refusing(dataset: Dataset): Promise<void> {
  const beyond = Math.max(...PARTITIONS.flatMap((name) => dataset.partition(name).at(-1) ?? 0)) + 1;
  await assert.rejects(async () => dataset.example(beyond), `example ${beyond} is handed out`);
}

async function repeatable(first: Dataset, open: () => Promise<Dataset>): Promise<void> {
  const again = await open();
  try {
    assert.equal(await again.digest(), await first.digest(), 'two openings have different digests');
    const [index = 0] = first.partition('public');
    assert.deepEqual((await again.example(index)).image, (await first.example(index)).image, 'two openings differ');
  } finally {
    await again.close();
  }
}
