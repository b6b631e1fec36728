/** Whether the tensorflow executor runs here, asked of a process of its own: a broken library can end the process. */
import { dirname } from 'node:path';
import { addonPaths, tensorflowFolder } from '@leakscope/engine/tensorflow/addon';
import { LeakscopeError } from '@leakscope/shared/errors';
import { runCli } from '../child.ts';

/** What the probe found: `TensorFlow 2.21.0, CPU`, or why it does not run. */
export interface Probed {
  readonly works: boolean;
  readonly detail: string;
}

export async function probeTensorflow(home = dirname(tensorflowFolder())): Promise<Probed> {
  const environment = { ...process.env, LEAKSCOPE_HOME: home };
  const { status, stdout } = await runCli(['probe-executor', 'tensorflow'], { timeoutMs: 120_000, environment });
  return { works: status === '0', detail: stdout.trim() || `the probe ended with ${status}` };
}

/** TensorFlow's version as the addon under `home` gives it. @throws CLI_ADDON_BROKEN */
export async function probedVersion(home: string): Promise<string> {
  const { works, detail } = await probeTensorflow(home);
  const version = /^TensorFlow (\S+),/.exec(detail)?.[1];
  if (!works || version === undefined) throw new LeakscopeError('CLI_ADDON_BROKEN', { reason: detail });
  return version;
}

/** Whether there is an addon to probe at all. */
export const isBuilt = (): boolean => addonPaths().length > 0;
