/** Many clients in one process: a connection each, but one dataset and one set of compiled programs. */
import { closeShared, openShared, type RunClientOptions, runClient } from './run-client.ts';

export interface RunClientsOptions extends Omit<RunClientOptions, 'clientId' | 'token' | 'shared' | 'onProgress'> {
  clientIds: readonly string[];
  tokenOf(clientId: string): string;
  onProgress?(clientId: string, progress: Parameters<NonNullable<RunClientOptions['onProgress']>>[0]): void;
}

/**
 * Resolves when every client has ended. One that fails leaves the others running; the first failure is thrown at the end, with
 * runClient's codes.
 */
export async function runClients({
  clientIds,
  tokenOf,
  onProgress,
  ...options
}: RunClientsOptions): Promise<Map<string, 'finished' | 'interrupted'>> {
  const { experiment, base, logger } = options;
  const shared = await openShared(experiment, base);
  try {
    const ends = await Promise.allSettled(
      clientIds.map(async (clientId) => {
        const outcome = await runClient({
          ...options,
          clientId,
          token: tokenOf(clientId),
          shared,
          logger: clientIds.length > 1 ? logger.child({ clientId }) : logger,
          ...(onProgress && { onProgress: (progress) => onProgress(clientId, progress) }),
        });
        return [clientId, outcome] as const;
      }),
    );
    const failed = ends.find((end) => end.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    return new Map(ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : [])));
  } finally {
    await closeShared(shared);
  }
}
