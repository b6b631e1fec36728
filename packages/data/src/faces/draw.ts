/** Draws a synthetic face, back to front. */

import { drawEarrings, drawGlasses, drawHat } from './accessories.ts';
import { Canvas, EVERYWHERE } from './canvas.ts';
import { drawBeard, drawBrows, drawEyes, drawMouth, drawNose } from './features.ts';
import { drawHead } from './head.ts';
import { drawBackdrop, drawBackHair, drawBody, drawFrontHair } from './surroundings.ts';
import type { Traits } from './traits.ts';

/** RGB planes of bytes, [3, resolution, resolution]. The same traits give the same bytes. */
export function drawFace(traits: Traits, resolution: number): Uint8Array {
  const canvas = new Canvas(resolution, traits.pose);
  drawBackdrop(canvas, traits);
  drawBackHair(canvas, traits);
  drawBody(canvas, traits);
  drawHead(canvas, traits);
  drawBeard(canvas, traits);
  drawEyes(canvas, traits);
  drawBrows(canvas, traits);
  drawNose(canvas, traits);
  drawMouth(canvas, traits);
  drawFrontHair(canvas, traits);
  drawEarrings(canvas, traits);
  drawGlasses(canvas, traits);
  drawHat(canvas, traits);
  canvas.tint(EVERYWHERE, traits.light.colour, () => 1);
  return canvas.toPlanes();
}
