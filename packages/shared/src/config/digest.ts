/** Digests of an experiment, and the experiment without its secrets. */
import { canonicalJson } from '../json.ts';
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
    clients: clients.map(({ id, auditVictims, swapWith }) =>
      // Who is audited decides which faces are shared.
      shards.victims === 'shared' ? { id, auditVictims, swapWith: swapWith ?? null } : id,
    ),
  };
  return digestBytes(Buffer.from(canonicalJson(agreed)));
}
