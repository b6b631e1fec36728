/** The recorder's kernels: one row for each kernel that a tensor program may use. A kernel without a row fails to compile. */
import * as tf from '@tensorflow/tfjs-core';
import type { Kernel } from '../kernels/names.ts';
import { elementwise } from './elementwise.ts';
import { movement } from './movement.ts';
import { products } from './products.ts';
import { RECORDER, recording } from './recorder.ts';
import { reductions } from './reductions.ts';
import type { Attrs, Inputs, Row } from './row.ts';

const rows: Readonly<Record<Kernel, Row>> = { ...elementwise, ...reductions, ...movement, ...products };

for (const [kernelName, row] of Object.entries(rows)) {
  tf.registerKernel({
    kernelName,
    backendName: RECORDER,
    kernelFunc: ({ inputs, attrs }) => {
      const r = recording();
      const ids = row(r, inputs as Inputs, (attrs ?? {}) as Attrs);
      return Array.isArray(ids) ? ids.map((id) => r.handle(id)) : r.handle(ids);
    },
  });
}
