import { kld, norm, using } from '@leakscope/attacker/matching';
import { gradients } from '@leakscope/engine/ops';
import type * as tf from '@leakscope/engine/tf';
import { test } from 'vitest';
import { describeEach, run } from './executors.ts';
import { fixture } from './fixture.ts';
import { tensorOf } from './networks.ts';
import { assertParity, compareTensor, compareValue } from './tolerance.ts';

describeEach('regularisers', (executor) => {
  test.each(Object.entries(fixture.regularisers))('%s and its gradient in z', async (name, expected) => {
    const { shape, data } = tensorOf(2002, [1, 128]);
    const z = { shape, data: data.map((value) => expected.latent_scale * value) };
    // kld_small_latent is kld so near to 0 that its epsilon counts.
    const { part, params } = using(name === 'norm' ? norm : kld);
    const { penalty: own } = part;
    const penalty = (latent: tf.Tensor) => {
      if (own?.of !== 'latents') throw new TypeError(`${part.name} is not of latents`);
      return own.value(latent, params);
    };
    const got = await run(executor, `regularise/${part.name}`, { z }, (tensors) => {
      const { value, grads } = gradients((latent) => penalty(latent as tf.Tensor), [tensors.z as tf.Tensor]);
      return { value, grad: grads[0] as tf.Tensor };
    });
    assertParity(name, compareValue(got.value?.[0] ?? Number.NaN, expected));
    assertParity(`d ${name}`, compareTensor(got.grad ?? new Float32Array(), expected.grad));
  });
});
