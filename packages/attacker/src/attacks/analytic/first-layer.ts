/**
 * Images read off the gradient of a first layer that is fully connected (Phong et al. 2017; Geiping et al. 2020, proposition 3.1): its
 * weight's gradient is the outer product of the bias's gradient and the image.
 */
import type { Classifier } from '@leakscope/models';
import { type NamedTensors, sizeOf } from '@leakscope/shared/tensors';
import { required } from '../../inference/head.ts';

/**
 * The image, [pixels], of a model whose first parameter is such a layer over all pixels; undefined of any other, and where no unit of it has
 * a gradient. Exact for one example, whatever factor the update carries; under noise the least-squares estimate over all units.
 */
export function imageOfFirstLayer(model: Classifier, gradient: NamedTensors): Float32Array | undefined {
  const [weight, bias] = model.parameters;
  const pixels = sizeOf(model.inputShape);
  if (weight?.role !== 'linear-weight' || bias?.role !== 'bias' || weight.shape[1] !== pixels) return undefined;
  const rows = required(gradient, weight.name).data;
  const slopes = required(gradient, bias.name).data;
  const square = slopes.reduce((sum, slope) => sum + slope * slope, 0);
  if (square === 0) return undefined;
  const image = new Float64Array(pixels);
  for (const [unit, slope] of slopes.entries()) {
    if (slope === 0) continue;
    for (let i = 0; i < pixels; i++) image[i] = (image[i] as number) + slope * (rows[unit * pixels + i] as number);
  }
  return Float32Array.from(image, (value) => Math.max(-1, Math.min(1, value / square)));
}
