/** What a user's own attack, or part of one, is given, so that it runs from any folder without installing or importing anything. */
import * as ops from '@leakscope/engine/ops';
import * as tf from '@leakscope/engine/tf';
import { seeded } from '@leakscope/shared/random';
import { digestTensors } from '@leakscope/shared/tensors';
import { z } from 'zod';
import { type Attack, defineAttack } from '../contract/attack.ts';
import { using } from '../contract/part.ts';
import { readUpdate } from '../inference/intercepted-gradient.ts';
import { oneHotRows } from '../matching/client-gradient.ts';
import { openLossFunction } from '../matching/loss-function.ts';
import { cosine } from '../matching/objectives/cosine.ts';
import { l2 } from '../matching/objectives/l2.ts';
import { layerCosine } from '../matching/objectives/layer-cosine.ts';
import { layerL2 } from '../matching/objectives/layer-l2.ts';
import { defineObjective, type Objective } from '../matching/objectives/objective.ts';
import { defineRegulariser, type Regulariser, regulariserWeight } from '../matching/regularisers/regulariser.ts';
import { generate } from '../prior/generate.ts';
import { loadPrior } from '../prior/load.ts';
import { adam } from '../search/optimisers/adam.ts';
import { cmaEs } from '../search/optimisers/cma-es.ts';
import { hybrid } from '../search/optimisers/hybrid.ts';
import { lBfgs } from '../search/optimisers/l-bfgs.ts';
import { defineOptimiser, type Optimiser, steps } from '../search/optimisers/optimiser.ts';
import { turbo } from '../search/optimisers/turbo.ts';
import { search } from '../search/search.ts';

export const kit = {
  defineAttack,
  defineObjective,
  defineOptimiser,
  defineRegulariser,
  // What an attack is made of.
  readUpdate,
  loadPrior,
  generate,
  openLossFunction,
  oneHotRows,
  search,
  using,
  optimisers: { adam, cmaEs, hybrid, lBfgs, turbo },
  objectives: { cosine, l2, layerCosine, layerL2 },
  // Schemas of parameters that all parts of a kind share.
  steps,
  regulariserWeight,
  digestTensors,
  ops,
  seeded,
  tf,
  z,
};

export type AttackKit = typeof kit;

/** The default export of a user's module. */
export type AttackModule = (kit: AttackKit) => Attack;
export type OptimiserModule = (kit: AttackKit) => Optimiser;
export type ObjectiveModule = (kit: AttackKit) => Objective;
export type RegulariserModule = (kit: AttackKit) => Regulariser;
