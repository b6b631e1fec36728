import { generator } from '@leakscope/models';
import { seeded } from '@leakscope/shared/random';
import { expect, test } from 'vitest';
import { calibrate } from './calibrate.ts';

test('the first statistics are those of a linear map of N(0, I): mean = bias, variance = squared norm of the row', async () => {
  const model = generator('ggl-wgan32');
  const fresh = model.initialise(seeded(1));
  const calibrated = await calibrate(model, fresh, 7, {});
  const get = (name: string): Float32Array => calibrated.get(name)?.data ?? new Float32Array();
  const weight = get('fc.weight');
  for (const row of [0, 100, 8191]) {
    const variance = weight.subarray(row * 128, (row + 1) * 128).reduce((sum, w) => sum + w * w, 0);
    // 4,096 latents: standard errors of variance^.5 / 64 and 2.2 % of the variance.
    expect(Math.abs((get('bn0.running_mean')[row] as number) - (get('fc.bias')[row] as number))).toBeLessThan(
      (5 * Math.sqrt(variance)) / 64,
    );
    expect(Math.abs((get('bn0.running_var')[row] as number) / variance - 1)).toBeLessThan(5 * 0.022);
  }
  expect([...calibrated.keys()].sort()).toEqual([...fresh.keys()].sort());
});
