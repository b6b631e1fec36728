import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { wireDigest } from '../digests.ts';
import { type Chunk, chunksOf, Reassembler, Transfer } from './transfer.ts';

const whole = Uint8Array.from({ length: 1000 }, (_, i) => (i * 7919) % 251);
const promise = { digest: wireDigest(whole), bytes: whole.length };

const coded = (code: string, message: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) });

test('any bytes in chunks of any size come back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), fc.integer({ min: 1, max: 500 }), (bytes, chunkBytes) => {
      const receiver = new Reassembler({ digest: wireDigest(bytes), bytes: bytes.length });
      for (const chunk of chunksOf(bytes, { chunkBytes })) receiver.accept(chunk);
      expect(Buffer.compare(receiver.finish(), bytes)).toBe(0);
    }),
  );
});

test('a transfer goes on from the acknowledged offset', () => {
  fc.assert(
    fc.property(fc.nat(whole.length), fc.integer({ min: 1, max: 400 }), (offset, chunkBytes) => {
      const transfer = new Transfer(promise);
      transfer.resume(whole.subarray(0, offset));
      expect(transfer.offset).toBe(offset);
      for (const chunk of chunksOf(whole, { offset, chunkBytes })) transfer.check(chunk);
      expect(() => transfer.finish()).not.toThrow();
    }),
  );
});

test('the frame that a chunk came in may be used again', () => {
  const receiver = new Reassembler(promise);
  for (const chunk of chunksOf(whole, { chunkBytes: 300 })) {
    const data = chunk.data.slice();
    receiver.accept({ ...chunk, data });
    data.fill(0);
  }
  expect(Buffer.compare(receiver.finish(), whole)).toBe(0);
});

describe('a chunk that does not fit is refused, and the right one then still fits', () => {
  const [first, second] = [...chunksOf(whole, { chunkBytes: 400 })] as [Chunk, Chunk];
  const flipped = first.data.slice();
  flipped[7] = 255;
  test.each([
    ['another transfer', { ...first, digest: wireDigest(new Uint8Array()) }, /belongs to sha256:e3b0/],
    ['a gap', second, /offset is 400, expected 0/],
    ['a changed byte', { ...first, data: flipped }, /hash is wrong/],
    ['no bytes', { ...first, data: new Uint8Array() }, /holds 0 bytes/],
    ['a chunk over the limit', [...chunksOf(whole, { chunkBytes: 500 })][0] as Chunk, /holds 500 bytes/],
  ])('%s', (_name, chunk, message) => {
    const transfer = new Transfer({ ...promise, limits: { chunkBytes: 400 } });
    expect(() => transfer.check(chunk)).toThrow(coded('PROTOCOL_CHUNK_INVALID', message));
    expect(transfer.offset).toBe(0);
    transfer.check(first);
    expect(transfer.offset).toBe(400);
  });

  test('more bytes than promised', () => {
    const short = new Transfer({ digest: promise.digest, bytes: 300 });
    expect(() => short.check(first)).toThrow(coded('PROTOCOL_CHUNK_INVALID', /ends at 400, after the whole/));
    expect(() => short.resume(whole)).toThrow(coded('PROTOCOL_CHUNK_INVALID', /more than the whole/));
  });
});

test('fewer bytes than promised, and another digest than promised', () => {
  expect(() => new Reassembler(promise).finish()).toThrow(coded('PROTOCOL_CHUNK_INVALID', /1000 bytes are missing/));
  const other = new Transfer({ digest: wireDigest(new Uint8Array()), bytes: whole.length });
  for (const chunk of chunksOf(whole, { digest: other.digest })) other.check(chunk);
  expect(() => other.finish()).toThrow(coded('PROTOCOL_DIGEST_MISMATCH', /promised was sha256:e3b0/));
});

test('a promise beyond the limit is refused before anything is kept', () => {
  expect(() => new Reassembler({ ...promise, limits: { transferBytes: 999 } })).toThrow(
    coded('PROTOCOL_LIMIT_EXCEEDED', /transferBytes: 1000 is more than the limit of 999/),
  );
});
