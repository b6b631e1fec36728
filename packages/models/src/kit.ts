/** What a user's own model module is given, so that it runs from any folder without installing or importing anything. */
import * as ops from '@leakscope/engine/ops';
import * as tf from '@leakscope/engine/tf';
import { seeded } from '@leakscope/shared/random';
import { z } from 'zod';
import { type Architecture, defineClassifier } from './classifier.ts';
import { defineGenerator, type Generator } from './generator.ts';
import { constant, initialise, kaimingFanOut, normal, uniform, uniformFanIn } from './initialise.ts';
import { buffersOf, parametersOf } from './modules.ts';

export const kit = {
  defineClassifier,
  defineGenerator,
  buffersOf,
  parametersOf,
  initialise,
  constant,
  kaimingFanOut,
  normal,
  uniform,
  uniformFanIn,
  ops,
  seeded,
  tf,
  z,
};

export type ModelKit = typeof kit;

/** The default export of a user's module. */
export type ClassifierModule = (kit: ModelKit) => Architecture;
export type GeneratorModule = (kit: ModelKit) => Generator;
