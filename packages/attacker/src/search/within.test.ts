import { expect, test } from 'vitest';
import { adam } from './optimisers/adam.ts';
import { box, within } from './within.ts';

test('a step that leaves the box ends on its side, and the search goes on from there', () => {
  const open = () =>
    adam.open({ start: Float32Array.of(0.95, 0), random: [] }, adam.params.parse({ learningRate: 0.1 }));
  const boxed = within(open(), box(-1, 1));
  const gradient = (slope: number) => ({ losses: Float32Array.of(0), gradient: Float32Array.of(slope, 0) });
  boxed.tell(gradient(-1));
  expect([...boxed.ask()]).toEqual([1, 0]);
  boxed.tell(gradient(-1));
  expect(boxed.ask()[0]).toBe(1);
  const free = open();
  free.tell(gradient(-1));
  expect(free.ask()[0]).toBeCloseTo(1.05, 5);
});
