/** Digests of an experiment, and the experiment without its secrets. */
import { digestBytes } from '../tensors.ts';
import type { Experiment } from './experiment.ts';

/** For manifests and logs: the token is left out. */
export function withoutSecrets({ server: { token: _token, ...server }, ...rest }: Experiment): Experiment {
  return { ...rest, server };
}

/**
 * `sha256:<hex>` of what a server and a client must agree on: seed, data (wherever it lies), shards, model, stages and the
 * clients' names. Defences are the clients' own affair, network and attack the server's.
 */
export function agreementDigest({ seed, data, shards, model, stages, clients }: Experiment): string {
  const { path: _path, ...params } = data.params;
  const { weights: _weights, ...architecture } = model;
  const agreed = {
    seed,
    data: { source: data.source, params },
    shards,
    model: architecture,
    stages,
    clients: clients.map(({ id }) => id),
  };
  return digestBytes(Buffer.from(canonicalJson(agreed)));
}

/** JSON with sorted keys, without spaces: equal values give equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}
