import { wireDigest } from '@leakscope/shared/digests';
import { chunksOf } from '@leakscope/shared/protocol';
import { expect, test } from 'vitest';
import { UploadWindow } from './upload-window.ts';

const bytes = Uint8Array.from({ length: 95 }, (_, i) => i);
const digest = wireDigest(bytes);
const settle = () => new Promise((resolve) => setTimeout(resolve, 2));

test('stays a few chunks ahead of the acknowledgements, and sends every byte once', async () => {
  const upload = new UploadWindow({
    digest,
    chunks: chunksOf(bytes, { digest, chunkBytes: 10 }),
    offset: 0,
    ahead: 3,
  });
  const sent: number[] = [];
  const run = upload.run(async (chunk) => {
    sent.push(...chunk.data);
  });
  await settle();
  expect(sent.length).toBe(30);
  upload.acknowledge(10);
  await settle();
  expect(sent.length).toBe(40);
  for (let offset = 20; offset <= 90; offset += 10) upload.acknowledge(offset);
  await run;
  expect(sent).toEqual([...bytes]);
});

test('goes on from an offset', async () => {
  const upload = new UploadWindow({
    digest,
    chunks: chunksOf(bytes, { digest, chunkBytes: 50, offset: 40 }),
    offset: 40,
  });
  const sent: number[] = [];
  await upload.run(async (chunk) => {
    sent.push(...chunk.data);
  });
  expect(sent).toEqual([...bytes.subarray(40)]);
});

test('ends when stopped, even while it waits', async () => {
  const upload = new UploadWindow({ digest, chunks: chunksOf(bytes, { digest, chunkBytes: 1 }), offset: 0 });
  let sent = 0;
  const run = upload.run(async () => {
    sent++;
  });
  await settle();
  upload.stop();
  await run;
  expect(sent).toBe(4);
});
