/** The parity fixture: numbers computed with PyTorch that this project must reproduce. LEAKSCOPE_PARITY names another file. */
import { readFileSync } from 'node:fs';
import type { TensorRule } from './tensors.ts';

/** A scalar. `rel` is the relative difference between PyTorch's float32 and float64 runs. */
export interface Value {
  readonly value: number;
  readonly rel: number;
  /** Relative change if every ReLU within float32 error of its kink were decided the other way. */
  readonly rel_if_kinks_flip?: number;
}

/** A tensor: its norm and its first entries. */
export interface Summary {
  readonly norm: number;
  readonly first: readonly number[];
  readonly rel: number;
  readonly rel_if_kinks_flip?: number;
}

/** How to rebuild a tensor from the hash, with check values. */
export interface Recipe extends TensorRule {
  readonly k: number;
  readonly name: string;
  readonly shape: readonly number[];
  readonly sum: number;
  readonly first: readonly number[];
}

export interface GradientRow {
  readonly name: string;
  readonly shape: readonly number[];
  readonly norm: number;
  readonly sum: number;
  readonly first: readonly number[];
  readonly last: readonly number[];
  readonly zeros: number;
  readonly zeros64: number;
  readonly rel: number;
  readonly sum_abs_err: number;
}

export interface Objective extends Value {
  readonly grad: Summary;
}

export interface TrainCase {
  readonly input_k: readonly number[];
  readonly labels: readonly number[];
  readonly loss: Value;
  readonly logits: Summary;
  readonly global_norm: number;
  readonly rel: number;
  readonly rel_if_kinks_flip: number;
  readonly bn1_running_mean: Summary;
  readonly bn1_running_var: Summary;
  readonly tensors: readonly (Summary & { readonly name: string })[];
}

export interface Matching {
  readonly start: { readonly kind: 'latent' | 'image'; readonly k: number; readonly shape: readonly number[] };
  readonly candidate_image: Summary & { readonly min: number; readonly max: number };
  readonly g_sq: Value;
  readonly g_dot_y: Value;
  readonly y_sq: Value;
  readonly objectives: Readonly<Record<'l2_sum' | 'l2_mean' | 'cosine', Objective>>;
  readonly tensors: readonly { readonly name: string; readonly g_sq: number; readonly g_dot_y: number }[];
  readonly rel_g_sq_per_tensor: number;
  readonly rel_g_dot_y_per_tensor: number;
}

export interface StemSection {
  readonly input: { readonly k: number; readonly shape: readonly number[]; readonly sum: number };
  readonly label: number;
  readonly classes: number;
  readonly tensors: readonly Recipe[];
  readonly forward: {
    readonly loss: Value;
    readonly logits: Summary;
    readonly argmax: number;
    readonly logsumexp: Value;
    readonly feature: Summary;
  };
  readonly gradient: {
    readonly global_norm: number;
    readonly rel: number;
    readonly rel_if_kinks_flip: number;
    readonly tensors: readonly GradientRow[];
  };
  readonly label_inference: {
    readonly row_sums_first: readonly number[];
    readonly argmin: number;
    readonly row_sum_at_argmin: number;
    readonly negative_rows: number;
    readonly rel: number;
  };
  readonly matching: Matching;
}

/** The defences whose candidate's gradient goes through the transform observed on y. */
export const DEFENCES = [
  'clip_global_S4',
  'clip_layer_S4',
  'clip_global_S0.5',
  'clip_layer_S0.5',
  'sparsify_p0.9',
  'soteria_p0.8',
] as const;
export type DefenceName = (typeof DEFENCES)[number];

interface Defences {
  readonly clip_global_S4: { readonly factor: number };
  readonly clip_layer_S4: { readonly clipped: number; readonly factors: readonly number[] };
  readonly 'clip_global_S0.5': { readonly factor: number };
  readonly 'clip_layer_S0.5': { readonly clipped: number; readonly factors: readonly number[] };
  readonly 'sparsify_p0.9': {
    readonly kept_total: number;
    readonly kept_norm: number;
    readonly fc_weight_kept: readonly number[];
    readonly fc_bias_kept: readonly number[];
    readonly tensors: readonly {
      readonly name: string;
      readonly kept: number;
      readonly kept_sum: number;
      readonly threshold: number;
      readonly near: number;
    }[];
  };
  readonly 'soteria_p0.8': {
    readonly sensitivity_first: readonly number[];
    readonly feature_first: readonly number[];
    readonly score_first: readonly number[];
    readonly inverse_first: readonly number[];
    readonly sensitivity_norm: number;
    readonly score_norm: number;
    readonly rel_sensitivity: number;
    readonly rel_score: number;
    readonly threshold: number;
    readonly near: number;
    readonly dead_features: number;
    readonly zeroed: readonly number[];
  };
}

export interface OpCase {
  readonly name: string;
  readonly tensors: Readonly<
    Record<
      string,
      { readonly k: number; readonly shape: readonly number[]; readonly mean: number; readonly std: number }
    >
  >;
  readonly F: Value;
  /** By the tensor of the first derivative: s = ||dF/da||², and ds/db by the tensor of the second. */
  readonly first: Readonly<Record<string, { readonly s: Value; readonly grad: Readonly<Record<string, Summary>> }>>;
}

export interface Fixture {
  readonly format: 'parity-fixture-1';
  readonly salt: number;
  readonly torch: string;
  readonly prng: {
    readonly mix32: Readonly<Record<string, number>>;
    readonly uniform: readonly { readonly k: number; readonly i: number; readonly value: string }[];
  };
  readonly ops: readonly OpCase[];
  readonly metrics: { readonly seed_k: readonly [number, number]; readonly A: Summary; readonly B: Summary } & Readonly<
    Record<MetricName, Value>
  >;
  readonly regularisers: Readonly<
    Record<'kld' | 'kld_small_latent' | 'norm', Objective & { readonly latent_scale: number }>
  >;
  readonly cifar: StemSection & {
    readonly train: TrainCase;
    readonly train_stable: TrainCase;
    readonly defences: { readonly [D in DefenceName]: Defences[D] & { readonly defended_norm: number } };
    readonly matching: Matching & { readonly defended: Readonly<Record<DefenceName, Objective>> };
  };
  readonly generator: readonly Recipe[];
  readonly imagenet: StemSection;
}

export type MetricName =
  | `${'AB' | 'AC'}_${'mse01' | 'psnr01' | 'mse11' | 'psnr11' | 'ssim'}`
  | 'tv_mean_A'
  | 'tv_sum_A';

const path = process.env.LEAKSCOPE_PARITY ?? new URL('fixtures/parity.json', import.meta.url);

export const fixture: Fixture = JSON.parse(readFileSync(path, 'utf8'));
if (fixture.format !== 'parity-fixture-1') throw new Error(`${path} is no parity fixture of format 1`);
