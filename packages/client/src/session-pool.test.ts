import { expect, test } from 'vitest';
import { SessionPool } from './session-pool.ts';

const later = () => new Promise<void>((resolve) => setTimeout(resolve, 5));

function counted() {
  const seen = { opened: 0, released: 0, inside: 0, most: 0 };
  const open = async () => {
    seen.opened++;
    return { release: async () => void seen.released++ };
  };
  const work = async () => {
    seen.most = Math.max(seen.most, ++seen.inside);
    await later();
    seen.inside--;
    return seen.opened;
  };
  return { seen, open, work };
}

test('one session a key, one user at a time, freed at the end', async () => {
  const { seen, open, work } = counted();
  const pool = new SessionPool();
  await Promise.all([pool.use('a', open, work), pool.use('a', open, work), pool.use('a', open, work)]);
  expect(seen).toMatchObject({ opened: 1, most: 1, released: 0 });
  const last = pool.use('b', open, work);
  await pool.release();
  await last;
  expect(seen).toMatchObject({ opened: 2, released: 2 });
});

test('a user that fails does not stop the next, nor does a session that could not be opened', async () => {
  const { seen, open, work } = counted();
  const pool = new SessionPool();
  const failed = pool.use('a', open, async () => {
    throw new Error('spoilt');
  });
  await expect(failed).rejects.toThrow('spoilt');
  expect(await pool.use('a', open, work)).toBe(1);
  await expect(pool.use('c', async () => Promise.reject(new Error('no memory')), work)).rejects.toThrow('no memory');
  expect(await pool.use('c', open, work)).toBe(2);
  expect(seen.opened).toBe(2);
  await pool.release();
});
