/** Class numbers as a model sees them: one-hot rows in, scores out. */

import { LeakscopeError } from '@leakscope/shared/errors';

/** [N, classes], row-major, 1 at each label. Throws MODEL_LABEL_INVALID where a label is no class. */
export function oneHot(labels: readonly number[], classes: number): Float32Array {
  const rows = new Float32Array(labels.length * classes);
  for (const [row, label] of labels.entries()) {
    // A label beyond the head would set an entry of the next row.
    if (!Number.isInteger(label) || label < 0 || label >= classes)
      throw new LeakscopeError('MODEL_LABEL_INVALID', { label, classes });
    rows[row * classes + label] = 1;
  }
  return rows;
}

/** How many of the first rows of `logits` [N, classes], N at least `labels.length`, are largest at their label. */
export function countCorrect(logits: Float32Array, labels: readonly number[], classes: number): number {
  return labels.filter((label, row) => {
    const scores = logits.subarray(row * classes, (row + 1) * classes);
    return scores.indexOf(Math.max(...scores)) === label;
  }).length;
}
