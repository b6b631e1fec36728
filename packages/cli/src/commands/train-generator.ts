/** `leakscope train-generator`: a generator of faces from a dataset's public partition, and the measurement of one. */
import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { EXIT, LeakscopeError } from '@leakscope/shared/errors';
import { integerOption, numberOption } from '../shell/arguments.ts';
import { command } from '../shell/command.ts';
import { printResult } from '../shell/io.ts';
import { duration } from '../shell/progress.ts';

export default command({
  name: 'train-generator',
  summary: 'trains a generator on public faces, for the attack to search',
  description:
    'Checkpoints and sample grids lie in the folder OUT.training. Ctrl-C writes a checkpoint; --resume goes on from it and ends with the same file as an uninterrupted training.',
  positionals: [],
  options: {
    data: {
      type: 'string',
      value: 'SOURCE',
      required: true,
      summary: 'celeba:PATH, image-folder:PATH or synthetic-faces[:SEED]',
    },
    out: { type: 'string', value: 'FILE', summary: 'generator to write, fp16 safetensors' },
    recipe: { type: 'string', value: 'NAME', summary: 'vae or wgan-gp; default vae' },
    epochs: { type: 'string', value: 'N', summary: "passes through the public partition; default the recipe's" },
    batch: { type: 'string', value: 'N', summary: "images a step; default the recipe's" },
    'learning-rate': { type: 'string', value: 'X', summary: "default the recipe's" },
    seed: { type: 'string', value: 'N', default: '2022', summary: 'every random draw comes from it' },
    'sample-every': { type: 'string', value: 'EPOCHS', summary: 'epochs between sample grids; 0 for none' },
    resume: { type: 'boolean', summary: 'go on from the checkpoint' },
    threads: { type: 'string', value: 'N', summary: 'threads of a step; default every core' },
    measure: { type: 'string', value: 'FILE', summary: 'train nothing: measure this generator on held-out faces' },
    card: { type: 'string', value: 'FILE', summary: 'with --measure: write the model card there, as Markdown' },
  },
  examples: [
    { line: 'leakscope train-generator --data synthetic-faces --out gan.safetensors', does: 'train on drawn faces' },
    {
      line: 'leakscope train-generator --data celeba:data/celeba --recipe wgan-gp --epochs 100 --out gan.safetensors',
      does: 'the recipe of the GGL paper on CelebA',
    },
    {
      line: 'leakscope train-generator --data celeba:data/celeba --measure gan.safetensors --card gan.md',
      does: 'how close the generator comes to faces it has not seen, and its model card',
    },
  ],
  async run({ options, io }) {
    const { parseDataOption } = await import('@leakscope/data');
    const data = await parseDataOption(options.data);
    const seed = integerOption('seed', options.seed);
    const threads = options.threads ? { threads: integerOption('threads', options.threads, 1) } : {};
    if (options.measure) {
      const { measureGenerator, modelCard } = await import('@leakscope/trainer');
      const quality = await measureGenerator({
        generator: options.measure,
        data,
        seed,
        ...threads,
        signal: io.signal,
        onProgress: io.progress.report,
      });
      io.progress.end();
      if (options.card) {
        await writeFile(options.card, modelCard(quality, { name: basename(options.measure, '.safetensors') }));
      }
      printResult(io, quality, () => JSON.stringify(quality, null, 2));
      return 0;
    }
    if (!options.out)
      throw new LeakscopeError('CLI_ARGUMENT_MISSING', { command: 'train-generator', argument: '--out FILE' });
    const { trainGenerator } = await import('@leakscope/trainer');
    const result = await trainGenerator({
      data,
      out: options.out,
      seed,
      ...threads,
      resume: options.resume,
      ...(options.recipe ? { recipe: options.recipe } : {}),
      ...(options.epochs ? { epochs: integerOption('epochs', options.epochs, 1) } : {}),
      ...(options.batch ? { batch: integerOption('batch', options.batch, 1) } : {}),
      ...(options['learning-rate'] ? { learningRate: numberOption('learning-rate', options['learning-rate']) } : {}),
      ...(options['sample-every'] ? { sampleEvery: integerOption('sample-every', options['sample-every']) } : {}),
      signal: io.signal,
      logger: io.logger,
      onProgress: ({ step, steps, epoch, epochs, losses, imagesPerSecond }) => {
        const shown = Object.entries(losses).map(([name, value]) => `${name} ${value.toPrecision(3)}`);
        const detail = [`epoch ${epoch}/${epochs}`, ...shown, `${imagesPerSecond.toFixed(0)} images/s`].join(', ');
        io.progress.report({ phase: 'steps', done: step, total: steps, detail });
      },
    });
    io.progress.end();
    printResult(io, result, () =>
      result.interrupted
        ? `Interrupted at step ${result.step} of ${result.steps}. Go on with the same command and --resume.`
        : `${result.out}: ${result.steps} steps in ${duration(result.seconds * 1000)}`,
    );
    return result.interrupted ? EXIT.interrupted : 0;
  },
});
