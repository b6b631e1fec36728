/** Every operation a tensor program may use, as the cases that each executor must agree on: value, gradient and second order. */
import { convolutions } from './convolutions.ts';
import { elementwise } from './elementwise.ts';
import { layers } from './layers.ts';
import { movement } from './movement.ts';
import type { OpCase } from './op-case.ts';
import { products } from './products.ts';
import { reductions } from './reductions.ts';

export const opCases: readonly OpCase[] = [
  ...elementwise,
  ...reductions,
  ...movement,
  ...products,
  ...convolutions,
  ...layers,
];
