/** Replicas: numbers in the names that container runtimes give. */
import { describe, expect, it } from 'vitest';
import { replicaClient, replicaNumber } from './replica.ts';

describe('replicaNumber', () => {
  it.each([
    [['audit_client_3.audit_default'], 3],
    [['audit-client-12.audit_default'], 12],
    [['client-0'], 0],
    [['4f0c1a2b'], undefined],
    [['host.example_7.com'], undefined],
    [[], undefined],
  ])('%j is %s', (names, number) => expect(replicaNumber(names)).toBe(number));
});

describe('replicaClient', () => {
  const named = (name: string) => async () => [name];
  it('counts from one', async () => expect(await replicaClient(['a', 'b'], named('x_client_2'))).toBe('b'));
  it('refuses a replica too many', async () => {
    await expect(replicaClient(['a', 'b'], named('x_client_3'))).rejects.toMatchObject({ code: 'CLI_REPLICA_UNKNOWN' });
  });
});
