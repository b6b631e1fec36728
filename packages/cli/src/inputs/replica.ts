/** Which client a replica of a container is: the number that the container runtime gave it. */
import { resolvePtr } from 'node:dns/promises';
import { networkInterfaces } from 'node:os';
import { LeakscopeError } from '@leakscope/shared/errors';

/**
 * The experiment's client for this replica: Docker names the containers of `--scale client=N` project_client_1 (or with
 * dashes) and its DNS resolves their addresses back, so a replica keeps its client over restarts. Throws CLI_REPLICA_UNKNOWN.
 */
export async function replicaClient(
  clients: readonly string[],
  names: () => Promise<readonly string[]> = ownNames,
): Promise<string> {
  const found = await names();
  const number = replicaNumber(found);
  const client = number === undefined ? undefined : clients[number - 1];
  if (client !== undefined) return client;
  throw new LeakscopeError('CLI_REPLICA_UNKNOWN', { names: found, clients: clients.length });
}

/** 3 of `audit_client_3.audit_default` or `audit-client-3.audit_default`. */
export function replicaNumber(names: readonly string[]): number | undefined {
  for (const name of names) {
    const number = /^[^.]*[_-](\d+)(?:\.|$)/.exec(name)?.[1];
    if (number !== undefined) return Number(number);
  }
  return undefined;
}

/** Asked of the name server alone: `reverse` would find the container's own hostname in /etc/hosts, which has no number. */
async function ownNames(): Promise<string[]> {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const outside = addresses.filter(({ internal, family }) => !internal && family === 'IPv4');
  const names = await Promise.all(
    outside.map(({ address }) => resolvePtr(`${address.split('.').reverse().join('.')}.in-addr.arpa`).catch(() => [])),
  );
  return names.flat();
}
