/** One search by CMA-ES: what it draws, and what it learns from how good that was. */

import { exponential } from '@leakscope/shared/elementary';
import { addOuter, addScaled, identity, norm, squareOf, symmetricEigen } from '@leakscope/shared/linear-algebra';
import type { Random } from '@leakscope/shared/random';
import type { CmaEsRates } from './cma-es-rates.ts';

/** The condition number that the covariance is held to: beyond it double precision does not tell the short axes from 0. */
const MAX_CONDITION = 1e14;

/**
 * Generations of `dimension` entries from N(mean, σ² C), C = B D² Bᵀ, whose mean, σ and C follow the better half. As in the tutorial, a
 * step is y = B D z, and p_σ and p_c are the paths of the mean.
 */
export class CmaEsSearch {
  readonly #rates: CmaEsRates;
  readonly #random: Random;
  readonly #mean: Float64Array;
  #sigma: number;
  /** C, its lower triangle. */
  readonly #covariance: Float64Array;
  /** B, an axis a row, and D, their lengths; of a C that is at most `decomposeEvery` generations old. */
  #axes: Float64Array;
  #lengths: Float64Array;
  readonly #sigmaPath: Float64Array;
  readonly #covariancePath: Float64Array;
  /** z and y of the generation that is out, [population × dimension]. */
  readonly #normals: Float64Array;
  readonly #steps: Float64Array;
  #generation = 0;
  /** (1 - c_σ)^(2 generations): what is left in p_σ of its start at 0. */
  #unsettled = 1;

  constructor(start: Float32Array, sigma: number, random: Random, rates: CmaEsRates) {
    const n = start.length;
    this.#rates = rates;
    this.#random = random;
    this.#mean = Float64Array.from(start);
    this.#sigma = sigma;
    this.#covariance = identity(n);
    this.#axes = identity(n);
    this.#lengths = new Float64Array(n).fill(1);
    this.#sigmaPath = new Float64Array(n);
    this.#covariancePath = new Float64Array(n);
    this.#normals = new Float64Array(rates.weights.length * n);
    this.#steps = new Float64Array(rates.weights.length * n);
  }

  /** Fills `points`, [population × dimension]. */
  draw(points: Float32Array): void {
    const n = this.#mean.length;
    this.#steps.fill(0);
    for (let at = 0; at < points.length; at += n) {
      const y = this.#steps.subarray(at, at + n);
      for (let k = 0; k < n; k++) {
        const z = this.#random.normal();
        this.#normals[at + k] = z;
        addScaled(y, z * (this.#lengths[k] as number), this.#axes.subarray(k * n, (k + 1) * n));
      }
      for (let i = 0; i < n; i++) points[at + i] = (this.#mean[i] as number) + this.#sigma * (y[i] as number);
    }
  }

  /** Moves to where the generation was good. One without any finite loss teaches nothing. */
  learn(losses: Float32Array): void {
    if (!losses.some(Number.isFinite)) return;
    const { parents, effective, path, damping, expectedNorm, weights, decomposeEvery } = this.#rates;
    const n = this.#mean.length;
    const order = ranked(losses);
    // <y>_w, and C^(-1/2) <y>_w = B <z>_w: how far the mean went, in units of σ and of the distribution.
    const moved = new Float64Array(n);
    const whitened = new Float64Array(n);
    const z = new Float64Array(n);
    for (let rank = 0; rank < parents; rank++) {
      const at = (order[rank] as number) * n;
      addScaled(moved, weights[rank] as number, this.#steps.subarray(at, at + n));
      addScaled(z, weights[rank] as number, this.#normals.subarray(at, at + n));
    }
    for (let k = 0; k < n; k++) addScaled(whitened, z[k] as number, this.#axes.subarray(k * n, (k + 1) * n));
    addScaled(this.#mean, this.#sigma, moved);

    follow(this.#sigmaPath, path, effective, whitened);
    this.#unsettled *= (1 - path) * (1 - path);
    const length = norm(this.#sigmaPath);
    // A path that is long because σ is far too small says nothing about C: p_c waits until σ has grown.
    const settled = length < (1.4 + 2 / (n + 1)) * expectedNorm * Math.sqrt(1 - this.#unsettled);
    this.#adapt(order, moved, settled);
    this.#sigma *= exponential((path / damping) * (length / expectedNorm - 1));

    this.#generation++;
    if (this.#generation % decomposeEvery === 0) this.#decompose();
  }

  /** C learns from the path (rank one) and from the steps, the bad ones with negative weight (rank mu). */
  #adapt(order: readonly number[], moved: Float64Array, settled: boolean): void {
    const { weights, effective, covariancePath, rankOne, rankMu } = this.#rates;
    const n = this.#mean.length;
    follow(this.#covariancePath, covariancePath, settled ? effective : 0, moved);
    const lost = settled ? 0 : covariancePath * (2 - covariancePath);
    const total = weights.reduce((sum, w) => sum + w, 0);
    const kept = 1 + rankOne * lost - rankOne - rankMu * total;
    const c = this.#covariance;
    for (let i = 0; i < c.length; i++) c[i] = (c[i] as number) * kept;
    addOuter(c, rankOne, this.#covariancePath);
    for (const [rank, candidate] of order.entries()) {
      const weight = weights[rank] as number;
      const at = candidate * n;
      // A bad step counts with the length of a typical one, so that one long step cannot take an axis away.
      const scale = weight >= 0 ? 1 : n / squareOf(this.#normals.subarray(at, at + n));
      addOuter(c, rankMu * weight * scale, this.#steps.subarray(at, at + n));
    }
  }

  #decompose(): void {
    const { values, vectors } = symmetricEigen(this.#covariance, this.#mean.length);
    const least = values.reduce((a, b) => Math.max(a, b)) / MAX_CONDITION;
    this.#axes = vectors;
    this.#lengths = values.map((value) => Math.sqrt(Math.max(value, least)));
  }
}

/** Candidates by loss, those without a finite one last. */
function ranked(losses: Float32Array): number[] {
  const loss = (i: number): number => (Number.isFinite(losses[i]) ? (losses[i] as number) : Number.MAX_VALUE);
  return Array.from(losses, (_, i) => i).sort((a, b) => loss(a) - loss(b));
}

/** p ← (1 - c) p + sqrt(c (2 - c) μ_eff) step: of unit variance where the steps are. */
function follow(path: Float64Array, rate: number, effective: number, step: Float64Array): void {
  for (let i = 0; i < path.length; i++) path[i] = (path[i] as number) * (1 - rate);
  addScaled(path, Math.sqrt(rate * (2 - rate) * effective), step);
}
