/** A TensorFlow graph loaded into a session of the binding: values are fed and fetched by node name. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LeakscopeError } from '@leakscope/shared/errors';
import type { Shape } from '../../graph/graph.ts';
import type { TensorflowBinding } from './addon.ts';
import { encodeSavedModel, TAG, type TfNode } from './proto.ts';

/** A value for one placeholder. */
export interface Feed {
  node: string;
  shape: Shape;
  values: Float32Array;
}

export class Model {
  readonly #binding: TensorflowBinding;
  readonly #program: string;
  readonly #id: number;

  constructor(binding: TensorflowBinding, program: string, nodes: readonly TfNode[]) {
    this.#binding = binding;
    this.#program = program;
    this.#id = this.#checked(() => loadNodes(binding, nodes));
  }

  /** One call of TensorFlow: feeds, runs what the fetched nodes need, and copies their values out. @throws ENGINE_INTERNAL */
  run(feeds: readonly Feed[], fetches: readonly string[]): Float32Array[] {
    const binding = this.#binding;
    const made: number[] = [];
    try {
      return this.#checked(() => {
        for (const { shape, values } of feeds) {
          made.push(binding.createTensor([...shape], binding.TF_FLOAT, unaligned(values)));
        }
        const inputs = [...made];
        const results = binding.runSavedModel(this.#id, inputs, feeds.map(({ node }) => node).join(), fetches.join());
        made.push(...results.map(({ id }) => id));
        return results.map(({ id }) => binding.tensorDataSync(id));
      });
    } finally {
      for (const id of made) binding.deleteTensor(id);
    }
  }

  /** Frees the graph and its variables. */
  release(): void {
    this.#binding.deleteSavedModel(this.#id);
  }

  #checked<T>(call: () => T): T {
    try {
      return call();
    } catch (cause) {
      const reason = `${this.#program} on tensorflow: ${cause instanceof Error ? cause.message : String(cause)}`;
      throw new LeakscopeError('ENGINE_INTERNAL', { reason, cause });
    }
  }
}

/** The binding loads graphs from folders only. */
function loadNodes(binding: TensorflowBinding, nodes: readonly TfNode[]): number {
  const folder = mkdtempSync(join(tmpdir(), 'leakscope-'));
  try {
    writeFileSync(join(folder, 'saved_model.pb'), encodeSavedModel(nodes));
    return binding.loadSavedModel(folder, TAG);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * A copy that starts 4 bytes into its buffer. TensorFlow works in place on aligned memory, so a variable could come to hold
 * memory of JavaScript's, freed from a thread where that is not allowed; unaligned memory it copies at once.
 */
function unaligned(values: Float32Array): Float32Array {
  const copy = new Float32Array(new ArrayBuffer(4 * (values.length + 1)), 4, values.length);
  copy.set(values);
  return copy;
}
