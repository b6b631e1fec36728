import { expect, test } from 'vitest';
import { CLOSE, closeReason } from './close.ts';
import { protocolDocument } from './document.ts';

test('docs/protocol.md is what `pnpm docs:protocol` writes', async () => {
  await expect(protocolDocument()).toMatchFileSnapshot('../../../../docs/protocol.md');
});

test('close codes are distinct, and ours are in the range for applications', () => {
  const codes = Object.values(CLOSE).map(({ code }) => code);
  expect(new Set(codes).size).toBe(codes.length);
  for (const code of codes) expect([1000, 1001, 1009].includes(code) || (code >= 4000 && code < 5000)).toBe(true);
  expect(closeReason(CLOSE.unauthorised.code)).toMatchObject({ name: 'unauthorised', retry: false });
  expect(closeReason(1006)).toBeUndefined();
});
