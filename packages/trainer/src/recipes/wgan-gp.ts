/** WGAN with gradient penalty (Gulrajani et al. 2017) with the settings that GGL's authors trained their generator with. */
import { gradients } from '@leakscope/engine/ops';
import * as tf from '@leakscope/engine/tf';
import { critic as criticOf, evalLayers, trainLayers } from '@leakscope/models';
import { adam, type Tensors } from '../adam.ts';
import { differentiate } from '../differentiate.ts';
import { type Recipe, trainee } from '../recipe.ts';

const CRITIC_STEPS = 5;
const PENALTY = 10;
const BETAS = [0.5, 0.999] as const;

export const wganGp: Recipe = {
  name: 'wgan-gp',
  summary: 'WGAN-GP as GGL trains it: 5 critic steps a generator step, gradient penalty 10, Adam 1e-4 (0.5, 0.999)',
  defaults: { epochs: 100, batch: 64, learningRate: 1e-4 },
  batchesPerStep: CRITIC_STEPS,
  mirror: false,
  schedule: () => 1,
  networks: (generator) => ({ generator, critic: criticOf(generator.name) }),
  noise: ({ latent }, batch) => ({
    z: { law: 'normal', shape: [CRITIC_STEPS + 1, batch, latent] },
    mix: { law: 'uniform', shape: [CRITIC_STEPS, batch, 1, 1, 1] },
  }),
  step(generator, batch, { images, noise, trainees, rate }) {
    const network = criticOf(generator.name);
    const made = trainee(trainees, 'generator');
    let critic = trainee(trainees, 'critic');
    let criticLoss: tf.Tensor = tf.scalar(0);

    const forge = (weights: Tensors, step: number): tf.Tensor =>
      generator.forward(trainLayers(weights), row(noise.z, step));
    const score = (weights: Tensors, x: tf.Tensor): tf.Tensor => network.forward(evalLayers(weights), x);

    for (let step = 0; step < CRITIC_STEPS; step++) {
      const weights = critic.weights;
      const real = tf.slice(images, [step * batch, 0, 0, 0], [batch, -1, -1, -1]);
      const fake = forge(made.weights, step);
      const mix = row(noise.mix, step);
      const between = tf.add(tf.mul(real, mix), tf.mul(fake, tf.sub(1, mix)));
      const { value, grads } = differentiate({ critic: weights }, () => {
        const [slope] = gradients((x) => tf.sum(score(weights, x as tf.Tensor)), [between]).grads;
        // The root has no derivative at zero: a hair above it, the penalty has one everywhere.
        const norm = tf.sqrt(tf.add(tf.sum(tf.square(slope as tf.Tensor), [1, 2, 3]), 1e-12));
        const penalty = tf.mul(tf.mean(tf.square(tf.sub(norm, 1))), PENALTY);
        return tf.add(tf.sub(tf.mean(score(weights, fake)), tf.mean(score(weights, real))), penalty);
      });
      critic = adam(critic, grads.critic, { rate, betas: BETAS });
      criticLoss = value;
    }
    const { value, grads } = differentiate({ generator: made.weights }, () =>
      tf.neg(tf.mean(score(critic.weights, forge(made.weights, CRITIC_STEPS)))),
    );
    return {
      trainees: { generator: adam(made, grads.generator, { rate, betas: BETAS }), critic },
      losses: { critic: criticLoss, generator: value },
    };
  },
};

/** `x[index]` of a tensor with a leading axis. */
function row(x: tf.Tensor | undefined, index: number): tf.Tensor {
  if (x === undefined) throw new Error('wgan-gp was run without its noise');
  const rest = x.shape.slice(1);
  return tf.reshape(tf.slice(x, [index, ...rest.map(() => 0)], [1, ...rest]), rest);
}
