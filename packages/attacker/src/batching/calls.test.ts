import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inCalls } from './calls.ts';

test('each candidate comes out as from one call, with those of its own update around it', async () => {
  const sizes = { updates: fc.integer({ min: 1, max: 3 }), candidates: fc.integer({ min: 1, max: 9 }) };
  await fc.assert(
    fc.asyncProperty(fc.record(sizes), fc.integer({ min: 1, max: 9 }), fc.boolean(), async (shape, wide, slopes) => {
      const { updates, candidates } = shape;
      const perCall = Math.min(wide, candidates);
      const points = Float32Array.from({ length: updates * candidates * 2 }, (_, i) => i);
      let calls = 0;
      const evaluate = inCalls(
        async (part) => {
          calls++;
          expect(part).toHaveLength(updates * perCall * 2);
          const losses = Float32Array.from({ length: updates * perCall }, (_, i) => part[2 * i] as number);
          for (const [i, loss] of losses.entries()) {
            // Points of update u are those from 2 u candidates on.
            expect(Math.floor(loss / (2 * candidates))).toBe(Math.floor(i / perCall));
          }
          return { losses, gradient: slopes ? part.map((x) => -x) : new Float32Array() };
        },
        { updates, candidates, perCall },
      );
      const { losses, gradient } = await evaluate(points);
      expect(calls).toBe(Math.ceil(candidates / perCall));
      expect(losses).toEqual(points.filter((_, i) => i % 2 === 0));
      expect(gradient).toEqual(slopes ? points.map((x) => -x) : new Float32Array());
    }),
  );
});
