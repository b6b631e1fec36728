/** Property tests draw the same cases in every run; `LEAKSCOPE_PROPERTY_SEED=random` looks for new ones. */
import { configureGlobal } from 'fast-check';

const asked = process.env.LEAKSCOPE_PROPERTY_SEED;
if (asked !== 'random') configureGlobal({ seed: asked === undefined ? 2022 : Number(asked) });
