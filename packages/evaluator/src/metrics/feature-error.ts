/** MSE-R: how like two faces are to the model that was attacked. */
import { z } from 'zod';
import { defineMetric } from './metric.ts';
import { mse } from './mse.ts';

export const featureError = defineMetric({
  name: 'mseR',
  title: 'MSE-R',
  summary:
    "Mean squared error of the victim model's penultimate features, the input of its last linear layer, at the weights that the client started from.",
  format: { digits: 4 },
  nearer: 'lower',
  params: z.strictObject({}),
  needs: ['features'],
  measure: ({ features }) => mse(features.image, features.truth),
});
