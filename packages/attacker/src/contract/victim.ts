/** The model behind a queued job. */
import { type Classifier, openClassifier } from '@leakscope/models';
import type { AttackJob } from '@leakscope/store';

/** What the client trained; a module's path starts at `base`. @throws MODEL_UNKNOWN, MODEL_OPTION_INVALID, MODULE_INVALID, MODULE_FAILED */
export const modelOf = (
  { arch, classes, resolution }: Pick<AttackJob, 'arch' | 'classes' | 'resolution'>,
  base = '.',
): Promise<Classifier> => openClassifier(arch, { classes, ...(resolution === undefined ? {} : { resolution }) }, base);
