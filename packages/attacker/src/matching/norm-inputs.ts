/** What goes into the batch norms of the victim model: a candidate whose statistics are far from the running ones is no image of the data. */
import type * as tf from '@leakscope/engine/tf';
import { evalLayers, type Layers, trainLayers, type Weights, weight } from '@leakscope/models';
import { byCandidate } from './candidates.ts';
import type { MatchingProblem } from './problem.ts';
import type { NormInput } from './regularisers/regulariser.ts';

/** One entry a batch norm, in the order of the forward pass, which is taken once more for it. */
export function normInputs(
  images: tf.Tensor,
  theta: Weights,
  { model, population, statistics = 'running' }: MatchingProblem,
): NormInput[] {
  const found: NormInput[] = [];
  const layers: Layers = statistics === 'batch' ? trainLayers(theta) : evalLayers(theta);
  model.features(
    {
      ...layers,
      batchNorm(name, x) {
        found.push({
          input: byCandidate(x, population),
          mean: weight(theta, `${name}.running_mean`),
          variance: weight(theta, `${name}.running_var`),
        });
        return layers.batchNorm(name, x);
      },
    },
    images,
  );
  return found;
}
