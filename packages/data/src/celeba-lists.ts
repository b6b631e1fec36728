/** CelebA's list files: the original text format, and the CSV that is handed round beside it. */
import { LeakscopeError } from '@leakscope/shared/errors';

interface AttributeList {
  readonly names: readonly string[];
  /** By image name, in the order of the file; one value per name. */
  readonly rows: ReadonlyMap<string, readonly boolean[]>;
}

interface Line {
  readonly number: number;
  readonly cells: readonly string[];
}

/** Lines that hold something, cut at white space or at commas. */
function cut(text: string, csv: boolean): Line[] {
  return text
    .split('\n')
    .map((line, i) => ({ number: i + 1, cells: csv ? line.trim().split(',') : line.trim().split(/\s+/) }))
    .filter(({ cells }) => cells.length > 1 || cells[0] !== '');
}

/**
 * `list_attr_celeba`: a count, the attribute names, then `000001.jpg -1 1 ...`; or CSV with `image_id` and the names in its
 * first line. 1 is yes, -1 and 0 are no. Throws DATA_LIST_INVALID with the line.
 */
export function parseAttributes(text: string, path: string): AttributeList {
  const fail = (line: number, reason: string): never => {
    throw new LeakscopeError('DATA_LIST_INVALID', { path, line, reason });
  };
  const csv = path.endsWith('.csv');
  const lines = cut(text, csv);
  const count = csv ? undefined : lines.shift();
  const header = lines.shift();
  if (count !== undefined && (count.cells.length !== 1 || !/^\d+$/.test(count.cells[0] as string))) {
    fail(count.number, 'the first line must be the number of images');
  }
  if (header === undefined || header.cells.length < 2)
    return fail(header?.number ?? 1, 'the attribute names are missing');
  const names = csv ? header.cells.slice(1) : header.cells;
  const rows = new Map<string, boolean[]>();
  for (const { number, cells } of lines) {
    const [id, ...values] = cells as [string, ...string[]];
    if (values.length !== names.length) fail(number, `${values.length} values for ${names.length} attributes`);
    if (rows.has(id)) fail(number, `${id} is listed twice`);
    const wrong = values.findIndex((value) => !['1', '-1', '0'].includes(value));
    if (wrong >= 0) fail(number, `${names[wrong]} is ${JSON.stringify(values[wrong])}, neither 1 nor -1`);
    rows.set(
      id,
      values.map((value) => value === '1'),
    );
  }
  if (count !== undefined && Number(count.cells[0]) !== rows.size) {
    fail(count.number, `it announces ${count.cells[0]} images, and ${rows.size} follow`);
  }
  if (rows.size === 0) fail(header.number, 'no image is listed');
  return { names, rows };
}

/** `list_eval_partition`: `000001.jpg 0`, or CSV with a header; 0, 1 or 2 by image name. Throws DATA_LIST_INVALID with the line. */
export function parsePartitions(text: string, path: string): Map<string, 0 | 1 | 2> {
  const lines = cut(text, path.endsWith('.csv'));
  if (path.endsWith('.csv')) lines.shift();
  const partitions = new Map<string, 0 | 1 | 2>();
  for (const { number, cells } of lines) {
    const [id, value] = cells as [string, string | undefined];
    const part = Number(value);
    if (cells.length !== 2 || value === '' || (part !== 0 && part !== 1 && part !== 2)) {
      const reason = `expected an image and its partition (0, 1 or 2), found ${JSON.stringify(cells.join(' '))}`;
      throw new LeakscopeError('DATA_LIST_INVALID', { path, line: number, reason });
    }
    partitions.set(id, part);
  }
  return partitions;
}
