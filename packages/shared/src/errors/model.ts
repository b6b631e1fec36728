/** Errors of models, generators and critics. */
import { entry, show } from './entry.ts';

export const modelErrors = {
  MODEL_ARCH_MISSING: entry<{ path: string }>(
    'input',
    (d) => `${d.path} does not say which architecture its tensors belong to`,
    'Write the file with the metadata entry "arch", for example arch=ggl-wgan32.',
  ),
  MODEL_GENERATOR_UNKNOWN: entry<{ value: string; known: readonly string[]; suggestion?: string | undefined }>(
    'usage',
    (d) =>
      `no generator ${show(d.value)}: neither a file nor one of ${d.known.join(', ')}${d.suggestion ? ` (${d.suggestion}?)` : ''}`,
    'Name a shipped generator or a safetensors file that leakscope train-generator wrote.',
  ),
  MODEL_LABEL_INVALID: entry<{ label: number; classes: number }>(
    'input',
    (d) => `label ${d.label} is none of the model's ${d.classes} classes, which count from 0`,
    'Check model.classes and the labels that the dataset gives.',
  ),
  MODEL_OPTION_INVALID: entry<{ field: string; value: unknown; least: number }>(
    'usage',
    (d) => `${d.field} is ${show(d.value)}, and must be a whole number of at least ${d.least}`,
    'Check the model section of the experiment file.',
  ),
  MODEL_UNKNOWN: entry<{ value: string; known: readonly string[]; suggestion?: string | undefined }>(
    'usage',
    (d) =>
      `unknown architecture ${show(d.value)}${d.suggestion ? ` (${d.suggestion}?)` : ''}; known are ${d.known.join(', ')}`,
    'Name a built-in architecture, or the path of a module of your own: docs/modules.md.',
  ),
  MODEL_VARIANCE_NEGATIVE: entry<{ tensor: string; index: number; value: unknown }>(
    'input',
    (d) => `running variance ${show(d.tensor)} holds ${d.value} at index ${d.index}`,
    'A variance is never below 0: the file was written by a faulty program, or its tensors are mixed up.',
  ),
};
