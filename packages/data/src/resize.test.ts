import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { centreCrop, type Raster, resizeBilinear, resizeShorterSide } from './resize.ts';

/** Bytes that any language can rebuild: the top byte of a 32-bit hash of the position. */
function hashed(width: number, height: number): Raster {
  const data = Uint8Array.from({ length: 3 * width * height }, (_, i) => {
    let x = (Math.imul(i, 2654435761) + width * 1000 + height) >>> 0;
    x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
    x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
    return (x ^ (x >>> 16)) >>> 24;
  });
  return { width, height, data };
}

/** From Pillow 12.3: resize(..., BILINEAR) and crop, with the sizes and rounding of torchvision 0.28. */
const PILLOW = [
  {
    width: 89,
    height: 109,
    size: 32,
    first: [101, 155, 107, 129, 177, 114],
    sha256: '2337c0f3931f11d072d7293837574c03654724f408b97bba5938fc08f759fd18',
  },
  {
    width: 178,
    height: 218,
    size: 32,
    first: [135, 114, 129, 111, 126, 136],
    sha256: '95fb50a51e519639891957b03684297caadfe70371c3fbfa5dc6285fc59e441f',
  },
  {
    width: 32,
    height: 32,
    size: 32,
    first: [59, 178, 253, 211, 133, 104],
    sha256: '854a5c63aaae84e782182aa450bcac0db925aecc6110b1a6cb069d637c586565',
  },
  {
    width: 5,
    height: 7,
    size: 3,
    first: [109, 101, 132, 169, 133, 123],
    sha256: '8ea8c4a541afe9c9deba7ad4228fc2989601ff5368d377455c03fff30329961d',
  },
  {
    width: 109,
    height: 89,
    size: 32,
    first: [131, 135, 132, 164, 114, 124],
    sha256: '741f35d02961ee1f21e40c21c648bc6b578380553dc117dad49cb9c536fc455f',
  },
  {
    width: 20,
    height: 25,
    size: 32,
    first: [144, 228, 81, 93, 207, 76],
    sha256: 'd7266d4ef8d72fe12732e03fd00720520d9281cb21571a76c1aaff3ebfce29db',
  },
  {
    width: 178,
    height: 218,
    size: 64,
    first: [124, 123, 134, 155, 122, 110],
    sha256: 'fe36f5ba806cfb7cc6a8e4426b281476144a59c7493f88dc7ee665999314c36e',
  },
  {
    width: 33,
    height: 32,
    size: 32,
    first: [68, 177, 22, 165, 20, 45],
    sha256: '5df38067b29cc1ff0b8db41301040391a8d439abe4ea657308dc4b697d6a52d9',
  },
  {
    width: 250,
    height: 250,
    size: 32,
    first: [132, 123, 124, 136, 134, 132],
    sha256: '056d882f98e4744ede4bfd5a10eb6f413213e92bcf4bcd1d422aeddca5b76e2a',
  },
  {
    width: 32,
    height: 37,
    size: 32,
    first: [129, 252, 244, 176, 39, 129],
    sha256: '33831ce6b4ea59a126dc49e43c810b1ba94e3cc33ca133e17faf8da8519c4992',
  },
  {
    width: 1,
    height: 1,
    size: 4,
    first: [98, 173, 248, 98, 173, 248],
    sha256: '1dab9f30f73a96e8c23b74ab67b71b091fb7081390f4063f1379b7ddc2b8ab58',
  },
  {
    width: 640,
    height: 427,
    size: 224,
    first: [138, 133, 95, 121, 185, 123],
    sha256: 'e68ec4a8f8159d3339a6b917f7d4302f62ee8e57dbd207ced389911acff52dd3',
  },
];

it.each(PILLOW)('matches Pillow byte for byte: $width x $height to $size', ({ width, height, size, first, sha256 }) => {
  const { data } = centreCrop(resizeShorterSide(hashed(width, height), size), size);
  expect([...data.subarray(0, 6)]).toEqual(first);
  expect(createHash('sha256').update(data).digest('hex')).toBe(sha256);
});

it('halves to the mean of two pixels, weighted by the triangle', () => {
  // Four grey pixels to two: support 2, weights (3/4, 3/4, 1/4)/(7/4) for the first and mirrored for the second.
  const grey = [0, 70, 140, 210];
  const image = { width: 4, height: 1, data: Uint8Array.from(grey.flatMap((v) => [v, v, v])) };
  const expected = [(3 * 0 + 3 * 70 + 140) / 7, (70 + 3 * 140 + 3 * 210) / 7].map(Math.round);
  expect([...resizeBilinear(image, 2, 1).data]).toEqual(expected.flatMap((v) => [v, v, v]));
});

it('keeps a constant image constant at any size', () => {
  const side = fc.integer({ min: 1, max: 40 });
  fc.assert(
    fc.property(side, side, side, side, fc.integer({ min: 0, max: 255 }), (w, h, toW, toH, value) => {
      const image = { width: w, height: h, data: new Uint8Array(3 * w * h).fill(value) };
      expect(resizeBilinear(image, toW, toH).data.every((v) => v === value)).toBe(true);
    }),
  );
});

it('crops at the middle, an odd margin halved to even', () => {
  const image = hashed(7, 9);
  // Margins 5 / 2 = 2.5 -> 2 and 7 / 2 = 3.5 -> 4.
  const { data } = centreCrop(image, 2);
  expect([...data.subarray(0, 6)]).toEqual([...image.data.subarray(3 * (4 * 7 + 2), 3 * (4 * 7 + 2) + 6)]);
});
