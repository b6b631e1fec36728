/** Whether a TensorFlow addon runs, asked of a process of its own: a broken library can end the process. */
import { type ProbeResult, probe } from '@leakscope/engine/selection';
import { LeakscopeError } from '@leakscope/shared/errors';

/** TensorFlow's version as the addon under `home` gives it. @throws CLI_ADDON_BROKEN */
export async function probedVersion(home: string): Promise<string> {
  const environment = { ...process.env, LEAKSCOPE_HOME: home };
  const result: ProbeResult = await probe('tensorflow', { quick: true, environment });
  const version = result.works ? /^TensorFlow (\S+),/.exec(result.device)?.[1] : undefined;
  if (version !== undefined) return version;
  throw new LeakscopeError('CLI_ADDON_BROKEN', { reason: result.works ? result.device : result.reason });
}
