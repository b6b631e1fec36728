/** `doctor --install tensorflow`: builds tfjs-node's addon against a TensorFlow library, and puts it where the engine looks. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ADDON, BINDING_PACKAGES, tensorflowFolder, tfjsNodePackage } from '@leakscope/engine/tensorflow';
import { LeakscopeError } from '@leakscope/shared/errors';
import type { ProgressEvent } from '../../shell/progress.ts';
import { compile, findCompiler } from './compile.ts';
import { type Manifest, manifestPath, manifestText, readManifest, sha256 } from './manifest.ts';
import { digestOfSource, foundSource, libraryOf, namedSource } from './source.ts';

interface InstallOptions {
  /** A folder, a wheel or a libtensorflow archive; else $LIBTENSORFLOW, the usual folders, and the download, in this order. */
  readonly from?: string | undefined;
  readonly environment: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  onProgress(event: ProgressEvent): void;
  /** Loads the addon under `home` and runs it, in a process of its own: TensorFlow's version, or a throw that says why not. */
  probe(home: string): Promise<string>;
}

export interface Installed {
  readonly folder: string;
  readonly manifest: Manifest;
  /** It was there already, made of the same. */
  readonly unchanged: boolean;
}

/** @throws CLI_TENSORFLOW_INVALID, CLI_TENSORFLOW_MISSING, CLI_COMPILER_MISSING, CLI_COMPILER_FAILED, CLI_ADDON_BROKEN, ENGINE_EXECUTOR_UNAVAILABLE */
export async function installTensorflow(options: InstallOptions): Promise<Installed> {
  const folder = tensorflowFolder();
  const home = dirname(folder);
  const named = options.from ?? (options.environment.LIBTENSORFLOW || undefined);
  const binding = await bindingPackage();
  const before = await readManifest(folder);
  if (before !== undefined && (await isCurrent(before, folder, binding.name, named)) && (await works(home, options))) {
    return { folder, manifest: before, unchanged: true };
  }
  const compiler = await findCompiler(options.environment);
  const source = named === undefined ? foundSource(options.environment) : namedSource(named);
  await mkdir(home, { recursive: true });
  // Everything is made beside the place where it will be, and moved there whole.
  const staging = await mkdtemp(join(home, '.install-'));
  try {
    const made = join(staging, 'tensorflow');
    await mkdir(made);
    const keep = join(made, 'lib');
    const { library, digest } = await libraryOf(source, { scratch: staging, keep }, options);
    const own = library.directory === keep;
    const origin = process.platform === 'darwin' ? '@loader_path' : '$ORIGIN';
    const compilation = {
      source: binding.folder,
      library,
      runPath: own ? `${origin}/lib` : library.directory,
      target: join(made, ADDON),
    };
    const compiling = (done: number): void =>
      options.onProgress({ phase: 'compile', done, total: 1, detail: compiler.version });
    compiling(0);
    await compile(compiler.command, compilation, options.signal);
    compiling(1);
    const manifest: Manifest = {
      tensorflow: await options.probe(staging),
      binding: binding.name,
      compiler: compiler.version,
      source: { path: source.path, sha256: digest },
      libraries: await Promise.all(
        library.files.map(async (name) => ({
          path: join(own ? 'lib' : library.directory, name),
          sha256: await sha256(join(library.directory, name)),
        })),
      ),
      addon: { path: ADDON, sha256: await sha256(compilation.target) },
    };
    await writeFile(manifestPath(made), manifestText(manifest));
    if (existsSync(folder)) await rename(folder, join(staging, 'before'));
    await rename(made, folder);
    return { folder, manifest, unchanged: false };
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** Whether what is installed is what an install would make. */
async function isCurrent(
  manifest: Manifest,
  folder: string,
  binding: string,
  named: string | undefined,
): Promise<boolean> {
  const addon = join(folder, manifest.addon.path);
  if (manifest.binding !== binding || !existsSync(addon) || (await sha256(addon)) !== manifest.addon.sha256)
    return false;
  return named === undefined || (await digestOfSource(namedSource(named))) === manifest.source.sha256;
}

const works = (home: string, { probe }: InstallOptions): Promise<boolean> =>
  probe(home).then(
    () => true,
    () => false,
  );

/** The npm package with the binding's sources, with its version. */
async function bindingPackage(): Promise<{ folder: string; name: string }> {
  for (const name of BINDING_PACKAGES) {
    const folder = tfjsNodePackage(name);
    if (folder === undefined) continue;
    const { version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { version: string };
    return { folder, name: `${name} ${version}` };
  }
  const reason = `none of the optional packages ${BINDING_PACKAGES.join(', ')} is installed`;
  throw new LeakscopeError('ENGINE_EXECUTOR_UNAVAILABLE', { executor: 'tensorflow', reason });
}
