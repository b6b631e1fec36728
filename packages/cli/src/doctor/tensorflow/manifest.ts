/** manifest.json beside an installed addon: what it was made of. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';

const FILE = 'manifest.json';

const fileSchema = z.object({ path: z.string(), sha256: z.string() });

const manifestSchema = z.object({
  /** TensorFlow's version, as its library says. */
  tensorflow: z.string(),
  /** npm package of the binding's sources, with its version. */
  binding: z.string(),
  compiler: z.string(),
  /** The archive or folder that it came from, by the digest of the archive or of its libraries. */
  source: fileSchema,
  /** Libraries that the addon loads: relative paths lie beside it. */
  libraries: z.array(fileSchema),
  addon: fileSchema,
});
export type Manifest = z.infer<typeof manifestSchema>;

/** The manifest of an install folder; undefined where there is none that can be read. */
export async function readManifest(folder: string): Promise<Manifest | undefined> {
  try {
    return manifestSchema.parse(JSON.parse(await readFile(join(folder, FILE), 'utf8')));
  } catch {
    return undefined;
  }
}

export const manifestText = (manifest: Manifest): string => `${JSON.stringify(manifest, null, 2)}\n`;
export const manifestPath = (folder: string): string => join(folder, FILE);

/** SHA-256 of a file, in hexadecimal. */
export async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 2 ** 20 }), hash);
  return hash.digest('hex');
}

/** One digest for several. */
export const digestOf = (digests: readonly string[]): string =>
  createHash('sha256').update(digests.join('\n')).digest('hex');
