/**
 * A variational autoencoder (Kingma and Welling, 2014) whose latents are whitened at the end. The attack asks two things of
 * a generator: that some z gives any face (reconstruction teaches that), and that z ~ N(0, I) gives faces, with a smooth way
 * from one to another (noise and divergence teach that). An adversarial loss alone teaches the second only.
 */
import * as tf from '@leakscope/engine/tf';
import { type Generator, trainLayers } from '@leakscope/models';
import { adam } from '../adam.ts';
import { differentiate } from '../differentiate.ts';
import { encode, encoder } from '../encoder.ts';
import { type Recipe, trainee } from '../recipe.ts';
import { whiten } from '../whiten.ts';

/** Variance of a pixel given its latents, in [-1, 1] units: it weighs the reconstruction against the divergence. */
const PIXEL_VARIANCE = 0.2;
const BETAS = [0.5, 0.99] as const;

const encoderOf = ({ latent, outputShape }: Generator) => encoder({ side: outputShape[1], latent });

export const vae: Recipe = {
  name: 'vae',
  summary:
    'variational autoencoder, Gaussian pixels of variance 0.2, latents whitened to N(0, I) at the end, Adam 1e-3',
  defaults: { epochs: 40, batch: 64, learningRate: 1e-3 },
  batchesPerStep: 1,
  mirror: true,
  schedule: (done) => Math.min(1, done / 0.02) * (done < 0.5 ? 1 : 0.51 + 0.49 * Math.cos(2 * Math.PI * (done - 0.5))),
  networks: (generator) => ({ generator, encoder: encoderOf(generator) }),
  noise: ({ latent }, batch) => ({ posterior: { law: 'normal', shape: [batch, latent] } }),
  step(generator, batch, { images, noise, trainees, rate }) {
    const decoder = trainee(trainees, 'generator');
    const reader = trainee(trainees, 'encoder');
    const networks = { generator: decoder.weights, encoder: reader.weights };
    const { grads, aux } = differentiate(networks, () => {
      const { mean, logVariance } = encode(encoderOf(generator), trainLayers(reader.weights), images);
      const z = tf.add(mean, tf.mul(noise.posterior as tf.Tensor, tf.exp(tf.mul(logVariance, 0.5))));
      const made = generator.forward(trainLayers(decoder.weights), z);
      const squared = tf.div(tf.sum(tf.square(tf.sub(made, images))), batch);
      // KL(q(z|x) || N(0, I)) in nats, mean over the batch.
      const divergence = tf.div(
        tf.sum(tf.sub(tf.add(tf.square(mean), tf.exp(logVariance)), tf.add(logVariance, 1))),
        2 * batch,
      );
      return {
        value: tf.add(tf.div(squared, 2 * PIXEL_VARIANCE), divergence),
        aux: { reconstruction: tf.div(squared, images.size / batch), divergence },
      };
    });
    const options = { rate, betas: BETAS };
    return {
      trainees: {
        generator: adam(decoder, grads.generator, options),
        encoder: adam(reader, grads.encoder, options),
      },
      losses: aux,
    };
  },
  finish: whiten,
};
