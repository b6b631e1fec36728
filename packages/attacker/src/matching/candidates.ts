/** How tensors of a population are laid out: [updates, ...], [candidates, ...], [candidates × batch, ...], or groups of channels. */
import * as tf from '@leakscope/engine/tf';

/** What each update has, [updates, ...], for each of N candidates: [N, ...], or [1, ...] where there is one update for all. */
export function ofCandidates(x: tf.Tensor, population: number): tf.Tensor {
  const [updates, ...rest] = x.shape as [number, ...number[]];
  if (updates === 1 || updates === population) return x;
  const each = tf.broadcastTo(tf.expandDims(x, 1), [updates, population / updates, ...rest]);
  return tf.reshape(each, [population, ...rest]);
}

/** Views images [N batch, C, ...] as one matrix [N, C, batch positions] per candidate. */
export function byCandidate(x: tf.Tensor, population: number): tf.Tensor {
  const [images, channels] = x.shape as [number, number];
  const batch = images / population;
  const positions = x.size / (images * channels);
  if (batch === 1) return tf.reshape(x, [population, channels, positions]);
  const split = tf.reshape(x, [population, batch, channels, positions]);
  return tf.reshape(tf.transpose(split, [0, 2, 1, 3]), [population, channels, batch * positions]);
}

/** [N batch, C, H, W] to [batch, N C, H, W], so that each candidate is a group of channels. */
export function candidatesAsGroups(x: tf.Tensor, population: number): tf.Tensor {
  const [images, channels, height, width] = x.shape as [number, number, number, number];
  const batch = images / population;
  const split = tf.reshape(x, [population, batch, channels, height, width]);
  return tf.reshape(tf.transpose(split, [1, 0, 2, 3, 4]), [batch, population * channels, height, width]);
}

/** The inverse: [batch, N C, H, W] to [N batch, C, H, W]. */
export function groupsAsCandidates(x: tf.Tensor, population: number): tf.Tensor {
  const [batch, grouped, height, width] = x.shape as [number, number, number, number];
  const channels = grouped / population;
  const split = tf.reshape(x, [batch, population, channels, height, width]);
  return tf.reshape(tf.transpose(split, [1, 0, 2, 3, 4]), [population * batch, channels, height, width]);
}
