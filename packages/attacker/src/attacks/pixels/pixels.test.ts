/** That attacks on pixels find an image that no generator has made, on a smooth victim, far nearer than where they start. */
import { classifier } from '@leakscope/models';
import { seeded } from '@leakscope/shared/random';
import type { NamedTensors } from '@leakscope/shared/tensors';
import { beforeAll, expect, test } from 'vitest';
import { attackUpdate } from '../../attack-update.ts';
import { computeGradient } from '../../matching/client-gradient.ts';
import { parseAttack } from '../../registry.ts';

const SIDE = 16;
const model = classifier('lenet', { classes: 4, resolution: SIDE });
const weights = model.initialise(seeded('pixels', 'theta'));
/** A bright disc on a ramp, in three colours. */
const image = Float32Array.from({ length: 3 * SIDE * SIDE }, (_, i) => {
  const [c, y, x] = [Math.floor(i / SIDE ** 2), Math.floor(i / SIDE) % SIDE, i % SIDE];
  const disc = (y - 7) ** 2 + (x - 9) ** 2 < 16 ? 0.9 - 0.3 * c : 0;
  return Math.max(-1, Math.min(1, -0.6 + 0.05 * x + disc));
});

let update: NamedTensors;
beforeAll(async () => {
  update = (await computeGradient({ model, weights, images: [image], labels: [2] })).gradient;
});

const error = (found: Float32Array | undefined): number =>
  image.reduce((sum, value, i) => sum + (value - (found?.[i] ?? 0)) ** 2 / image.length, 0);

test.each([
  ['dlg:steps=500,restarts=1', 1e-4],
  ['idlg:steps=500,restarts=1', 1e-4],
  ['ig:steps=1000,restarts=1,tvWeight=0.003', 0.005],
  ['gi:steps=1000,restarts=2,groupEvery=20', 0.03],
])('%s', async (spec, most) => {
  const { images, labels } = await attackUpdate({
    attack: await parseAttack(spec),
    update: { update, weights, model },
  });
  expect(labels).toEqual([2]);
  expect(error(images[0])).toBeLessThan(most);
});
