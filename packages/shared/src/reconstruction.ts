/** What an attack says of a reconstruction beside its images: one record from attacker to store to evaluator. */
import { z } from 'zod';

const finite = z.number();

const labelEstimate = z.strictObject({
  /** One an example, in ascending order. */
  values: z.array(z.int()).readonly(),
  /** `known`: told, not inferred. */
  source: z.enum(['known', 'inferred']),
  /** Probability that they are right, as far as the update tells; 1 where they are known. */
  confidence: finite,
});

const defenseEstimate = z.strictObject({
  /** Standard deviation of noise on each entry. */
  noise: z.strictObject({ sigma: finite }).exactOptional(),
  /** Bound, and for a global one the factor that it scaled the update by. */
  clip: z
    .strictObject({ scope: z.enum(['global', 'layer']), bound: finite, factor: finite.exactOptional() })
    .exactOptional(),
  /** Share of each tensor's entries that was dropped. */
  sparsify: z.strictObject({ fraction: finite }).exactOptional(),
  /** Share of the features that was masked. */
  soteria: z.strictObject({ fraction: finite }).exactOptional(),
});

const estimates = z.strictObject({
  labels: labelEstimate,
  /** Empty where nothing was found; absent where the attack did not look (blind, oracle). */
  defense: defenseEstimate.exactOptional(),
  /** Whether y is a gradient up to a known factor, or only nearly so after several local steps. */
  gradient: z.enum(['exact', 'approximate']),
});

/** One point of a loss curve: the smallest loss over the restarts so far. */
const tracePoint = z.strictObject({ step: z.int(), value: finite });

/** What one stage or member of an attack found. */
const member = z.strictObject({
  name: z.string(),
  /** Values or gradients of one candidate that it took. */
  evaluations: z.int(),
  /** Smallest of what its points were judged by; null where it diverged, and the next went on from the one before. */
  loss: finite.nullable(),
});

/** The record as it is written and read; images and latents are in the blob beside it. */
export const reconstructionDetailsSchema = z
  .strictObject({
    attack: z.string(),
    /** Channels, height and width. */
    imageShape: z.tuple([z.int(), z.int(), z.int()]).readonly(),
    /** One an image. */
    labels: z.array(z.int()).readonly(),
    /** Of the chosen restart; null where the attack does not look at the gradient. */
    loss: finite.nullable(),
    losses: z.array(tracePoint).readonly(),
    /** Final loss of each restart, null where it diverged; the smallest is chosen. */
    restarts: z.array(finite.nullable()).readonly(),
    steps: z.int(),
    /** Updates of the cohort that shared the search's graph, this one included: it decides the last digits. */
    beside: z.int(),
    /** The population: candidates in each call of the graph, of the whole cohort; it decides the last digits too. */
    width: z.int(),
    /** Of an attack that is made of several searches: what each found, in order. */
    members: z.array(member).readonly().exactOptional(),
    /** What was inferred from the update, to be compared with the truth by who has it. */
    estimates,
    /** All parameters, defaults included. */
    params: z.record(z.string(), z.unknown()),
  })
  .readonly();

export type ReconstructionDetails = z.output<typeof reconstructionDetailsSchema>;
export type Estimates = z.output<typeof estimates>;
export type LabelEstimate = z.output<typeof labelEstimate>;
export type DefenseEstimate = z.output<typeof defenseEstimate>;
export type Member = z.output<typeof member>;
export type TracePoint = z.output<typeof tracePoint>;
