/** The global model's accuracy on the evaluation partition, batch by batch through one compiled program. */
import type { Dataset } from '@leakscope/data';
import { compile, type ExecutorChoice, openSession } from '@leakscope/engine';
import type * as tf from '@leakscope/engine/tf';
import { type Classifier, countCorrect, evalLayers } from '@leakscope/models';
import { seeded } from '@leakscope/shared/random';
import type { NamedTensors, Tensor } from '@leakscope/shared/tensors';

export interface AccuracyOptions {
  model: Classifier;
  dataset: Dataset;
  /** How many test examples, drawn once by the seed; fewer where the partition has fewer. 0 measures nothing. */
  examples: number;
  seed: number | string;
  executor: ExecutorChoice;
  /** 0 lets the engine choose. */
  threads?: number;
}

export interface Accuracy {
  /** Share of test examples that the model has right, in [0, 1]; undefined without examples. With `moved` false, the last result. */
  measure(weights: NamedTensors, moved?: boolean): Promise<number | undefined>;
  release(): Promise<void>;
}

/** Examples of one call; a balance of memory and speed on CPUs. */
const BATCH = 50;

/** Decodes the test examples once and keeps them, 12 KiB each at 32x32. */
export async function openAccuracy({
  model,
  dataset,
  examples,
  seed,
  executor,
  threads = 0,
}: AccuracyOptions): Promise<Accuracy> {
  const chosen = seeded(seed, 'test').shuffle(dataset.partition('evaluation')).slice(0, examples);
  if (chosen.length === 0) return { measure: async () => undefined, release: async () => {} };
  const batch = Math.min(BATCH, chosen.length);
  const size = model.inputShape.reduce((product, n) => product * n, 1);
  const batches: { images: Float32Array; labels: number[] }[] = [];
  for (let start = 0; start < chosen.length; start += batch) {
    // The last batch is filled up with blank images that no label counts.
    const images = new Float32Array(batch * size);
    const labels: number[] = [];
    for (const [row, index] of chosen.slice(start, start + batch).entries()) {
      const example = await dataset.example(index);
      images.set(example.image, row * size);
      labels.push(example.label);
    }
    batches.push({ images, labels });
  }

  const specs = [...model.parameters, ...model.buffers];
  const program = compile({
    name: `server/accuracy/${model.name}/${model.classes}`,
    inputs: {
      x: [batch, ...model.inputShape],
      ...Object.fromEntries(specs.map(({ name, shape }) => [`w/${name}`, [...shape]])),
    },
    fn: (tensors) => {
      const weights = Object.fromEntries(specs.map(({ name }) => [name, tensors[`w/${name}`] as tf.Tensor]));
      return { outputs: { logits: model.forward(evalLayers(weights), tensors.x as tf.Tensor).logits } };
    },
  });
  const session = await openSession(program, { executor, ...(threads > 0 && { threads }) });

  let last: number | undefined;
  return {
    async measure(weights, moved = true) {
      if (!moved && last !== undefined) return last;
      const feeds: Record<string, Float32Array> = {};
      for (const { name } of specs) feeds[`w/${name}`] = (weights.get(name) as Tensor).data;
      let correct = 0;
      for (const { images, labels } of batches) {
        const { logits } = await session.run({ ...feeds, x: images });
        correct += countCorrect(logits as Float32Array, labels, model.classes);
      }
      last = correct / chosen.length;
      return last;
    },
    release: () => session.release(),
  };
}
