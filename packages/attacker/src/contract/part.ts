/** Parts that attacks are composed of, an optimiser or an objective say: each has parameters of its own. */
import { programName, type Registered } from '@leakscope/shared/module';
import type { z } from 'zod';

export interface Part extends Registered {
  /** One line for the docs. */
  readonly summary: string;
  /** Its parameters, none of which an attack or another kind of part has too: all of them stand side by side in an experiment. */
  readonly params: z.ZodObject;
}

/** A part with its parameters, validated and complete. */
export interface Chosen<T extends Part = Part> {
  readonly part: T;
  readonly params: z.output<T['params']>;
}

/** `part` with these parameters and its defaults. @throws ZodError */
export const using = <T extends Part>(part: T, params?: z.input<T['params']>): Chosen<T> => ({
  part,
  params: part.params.parse(params ?? {}) as z.output<T['params']>,
});

/** What tells programs apart that this part is recorded into: `l2(lossScale=sum)`. */
export function signatureOfPart({ part, params }: Chosen): string {
  const pairs = Object.entries(params).map(([key, value]) => `${key}=${value}`);
  return `${programName(part)}(${pairs})`;
}
