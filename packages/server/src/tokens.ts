/** Who may speak: tokens of clients and of whoever reads the API, compared in constant time. */
import { createHash, timingSafeEqual } from 'node:crypto';

/** One token for everybody, or one for each client. */
export type Tokens = string | Readonly<Record<string, string>>;

/** Whether `given` is the token of `clientId`. */
export function tokenMatches(tokens: Tokens, clientId: string, given: string): boolean {
  const expected = typeof tokens === 'string' ? tokens : Object.hasOwn(tokens, clientId) ? tokens[clientId] : undefined;
  return expected !== undefined && sameText(expected, given);
}

/** Compares digests: equal lengths, so that neither content nor length can be timed. */
export function sameText(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
