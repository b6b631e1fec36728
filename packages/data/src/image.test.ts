import sharp from 'sharp';
import { expect, it } from 'vitest';
import { cutToPlanes, decodeImage, normalise } from './image.ts';

const pixels = Uint8Array.from({ length: 6 * 5 * 3 }, (_, i) => (i * 37) % 256);
const picture = sharp(pixels, { raw: { width: 6, height: 5, channels: 3 } });

it('decodes a PNG to the bytes that were encoded', async () => {
  const image = await decodeImage(await picture.clone().png().toBuffer(), 'a.png');
  expect(image).toMatchObject({ width: 6, height: 5 });
  expect([...image.data]).toEqual([...pixels]);
});

it('drops alpha and spreads grey, as PIL converts to RGB', async () => {
  const rgba = sharp(Buffer.from([10, 20, 30, 0, 40, 50, 60, 128]), { raw: { width: 2, height: 1, channels: 4 } });
  expect([...(await decodeImage(await rgba.png().toBuffer(), 'a.png')).data]).toEqual([10, 20, 30, 40, 50, 60]);
  const grey = sharp(Buffer.from([7, 200]), { raw: { width: 2, height: 1, channels: 1 } }).toColourspace('b-w');
  expect([...(await decodeImage(await grey.png().toBuffer(), 'g.png')).data]).toEqual([7, 7, 7, 200, 200, 200]);
});

it('names the file that it cannot decode', async () => {
  const jpeg = await sharp(pixels, { raw: { width: 6, height: 5, channels: 3 } })
    .resize(60, 50)
    .jpeg()
    .toBuffer();
  for (const bytes of [Buffer.from('no image'), new Uint8Array(0), jpeg.subarray(0, jpeg.length - 200)]) {
    await expect(decodeImage(bytes, 'img/broken.jpg')).rejects.toMatchObject({
      code: 'DATA_IMAGE_CORRUPT',
      message: expect.stringContaining('img/broken.jpg'),
    });
  }
});

it('cuts to planes: all red, then green, then blue', () => {
  const planes = cutToPlanes({ width: 2, height: 2, data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12) }, 2);
  expect([...planes]).toEqual([1, 4, 7, 10, 2, 5, 8, 11, 3, 6, 9, 12]);
});

it('normalises bytes to [-1, 1]', () => {
  // torch: ((torch.tensor([0., 255., 51., 128.]) / 255) - 0.5) / 0.5
  expect([...normalise(Uint8Array.of(0, 255, 51, 128))]).toEqual([
    -1,
    1,
    Math.fround(-0.6),
    Math.fround(0.003921627998352051),
  ]);
});
