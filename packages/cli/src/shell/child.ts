/** Other processes of this same command. */
import { fileURLToPath } from 'node:url';

/** The plain JavaScript file that starts the command, in the workspace and in an installed package alike. */
export const LAUNCHER = fileURLToPath(new URL('../../bin/leakscope.js', import.meta.url));
