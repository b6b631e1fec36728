/**
 * The contract of a baseline: images that say what a reconstruction is worth. A floor shows what one has without the update,
 * a ceiling the best that an attack may hope for.
 */
import type { z } from 'zod';
import type { GeneratorSession } from './generator-session.ts';
import type { PublicFaces } from './public-faces.ts';

/** What a baseline may draw from. All images are planes in [-1, 1]. */
export interface Sources {
  /** A seeded sample of the public partition. */
  readonly faces: PublicFaces;
  /** The generator that the attacks search. */
  readonly generator: GeneratorSession;
}

interface Described<Name extends string, Needs extends keyof Sources, Params> {
  readonly name: Name;
  /** What it shows, in a sentence for docs and the report. */
  readonly summary: string;
  /** Validates and completes the parameters; `{}` must be valid. */
  readonly params: z.ZodType<Params>;
  /** It is there where all of these are. */
  readonly needs: readonly Needs[];
}

/** By its type a floor never sees the true image: it is given a label and nothing else. */
export interface Floor<Name extends string = string, Needs extends keyof Sources = keyof Sources, Params = unknown>
  extends Described<Name, Needs, Params> {
  readonly bound: 'floor';
  /** Gives the images that stand for a reconstruction of a face of a label: one, or equally likely ones. */
  open(sources: Pick<Sources, Needs>, params: Params, seed: number): Promise<OpenFloor>;
}

export type OpenFloor = (label: number) => readonly Float32Array[];

/** A ceiling needs the truth, and so belongs to evaluation alone. */
export interface Ceiling<Name extends string = string, Needs extends keyof Sources = keyof Sources, Params = unknown>
  extends Described<Name, Needs, Params> {
  readonly bound: 'ceiling';
  open(sources: Pick<Sources, Needs>, params: Params, seed: number): Promise<OpenCeiling>;
}

/** The best image for a true one. */
export type OpenCeiling = (truth: Float32Array, signal?: AbortSignal) => Promise<Float32Array>;

/** Types a floor by its name, its parameter schema and what it needs; returns it unchanged. */
export function defineFloor<const Name extends string, Needs extends keyof Sources, Schema extends z.ZodType>(
  floor: Omit<Floor<Name, Needs, z.output<Schema>>, 'params'> & { readonly params: Schema },
): Floor<Name, Needs, z.output<Schema>> {
  return floor as Floor<Name, Needs, z.output<Schema>>;
}

/** Types a ceiling likewise. */
export function defineCeiling<const Name extends string, Needs extends keyof Sources, Schema extends z.ZodType>(
  ceiling: Omit<Ceiling<Name, Needs, z.output<Schema>>, 'params'> & { readonly params: Schema },
): Ceiling<Name, Needs, z.output<Schema>> {
  return ceiling as Ceiling<Name, Needs, z.output<Schema>>;
}
