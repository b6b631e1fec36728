/** Where a machine keeps what outlives a run. */
import { homedir } from 'node:os';
import { join } from 'node:path';

/** $LEAKSCOPE_HOME, else ~/.leakscope. */
export const leakscopeHome = (): string => process.env.LEAKSCOPE_HOME || join(homedir(), '.leakscope');
