/** Errors of the experiment file and of plug-in strings. */
import { entry, show } from './entry.ts';

export const configErrors = {
  CONFIG_FILE_MISSING: entry<{ path: string }>(
    'usage',
    (d) => `experiment file ${d.path} cannot be read`,
    'Check the path; relative paths start at the current folder.',
  ),
  CONFIG_OVERRIDE_INVALID: entry<{ value: string; reason: string }>(
    'usage',
    (d) => `--set ${show(d.value)}: ${d.reason}`,
    'Write --set path.to.key=value, for example --set training.batchSize=8 or --set clients.0.defense=none.',
  ),
  CONFIG_PLUGIN_INVALID: entry<{ field: string; value: unknown; reason: string }>(
    'usage',
    (d) => `${d.field}: ${show(d.value)} is no plug-in: ${d.reason}`,
    'Write name, name:key=value,key=value, or { name, params }; join several with +.',
  ),
  CONFIG_UNKNOWN_KEY: entry<{ field: string; suggestion?: string | undefined }>(
    'usage',
    (d) => `unknown key ${d.field}${d.suggestion ? `; did you mean ${d.suggestion}?` : ''}`,
    'docs/experiment-file.md lists every key.',
  ),
  CONFIG_VALUE_INVALID: entry<{ field: string; value: unknown; reason: string }>(
    'usage',
    (d) => `${d.field}: ${show(d.value)} is not valid: ${d.reason}`,
    'docs/experiment-file.md says what each key takes.',
  ),
  CONFIG_YAML_INVALID: entry<{ path: string; line: number; column: number; reason: string }>(
    'usage',
    (d) => `${d.path}:${d.line}:${d.column}: ${d.reason}`,
    'Correct the YAML at this line.',
  ),
};
