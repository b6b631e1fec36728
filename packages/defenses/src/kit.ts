/** What a user's own defence module is given, so that it runs from any folder without installing or importing anything. */
import * as tf from '@leakscope/engine/tf';
import { seeded } from '@leakscope/shared/random';
import { z } from 'zod';
import { type Defense, defineDefense } from './defense.ts';
import { IDENTITY, mapTensors, sequence } from './transform.ts';

export const kit = { defineDefense, IDENTITY, mapTensors, seeded, sequence, tf, z };

export type DefenseKit = typeof kit;

/** The default export of a user's module. */
export type DefenseModule = (kit: DefenseKit) => Defense;
