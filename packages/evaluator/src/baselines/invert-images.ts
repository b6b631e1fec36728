/** Inversion of many images, and draws of a generator, in a session of their own: how good a generator is. */
import { type GeneratorSessionOptions, openGeneratorSession, type PriorSamples } from './generator-session.ts';
import { type Inversion, type InversionSettings, invertWith, START_POOL } from './inversion.ts';

interface InversionOptions extends GeneratorSessionOptions, InversionSettings {
  /** Planes in [-1, 1], of the generator's output shape. */
  readonly images: readonly Float32Array[];
  /** Of the random latents from which the searches start. Default 1. */
  readonly seed?: number | string;
}

/** Most latents per call of the program: enough to fill the processor, few enough to stay in its cache. */
const MAX_POPULATION = 32;
/** Searches a latent for each image. */
export async function invertImages(options: InversionOptions): Promise<Inversion> {
  const { images, restarts = 2, seed = 1 } = options;
  const members = Math.max(1, images.length * restarts);
  const session = await openGeneratorSession(options, Math.min(MAX_POPULATION, 2 ** Math.ceil(Math.log2(members))));
  try {
    return await invertWith(session, images, await session.sample(START_POOL, seed), options);
  } finally {
    await session.release();
  }
}

/** What the generator shows without any gradient: images of `samples` latents z ~ N(0, I). */
export async function samplePrior(
  options: GeneratorSessionOptions & { readonly samples: number; readonly seed?: number | string },
): Promise<PriorSamples> {
  const session = await openGeneratorSession(options, Math.min(MAX_POPULATION, options.samples));
  return session.sample(options.samples, options.seed ?? 1).finally(() => session.release());
}
