/** Attributes by name. */
import { LeakscopeError } from '@leakscope/shared/errors';
import { closest } from '@leakscope/shared/suggest';

/** `name`, which the dataset must know; else DATA_ATTRIBUTE_UNKNOWN with the nearest one. */
export function knownAttribute(field: string, name: string, names: readonly string[], dataset: string): string {
  if (names.includes(name)) return name;
  const suggestion = closest(name, names);
  throw new LeakscopeError('DATA_ATTRIBUTE_UNKNOWN', { field, value: name, dataset, suggestion });
}
