/** `leakscope defend`: one update through a defence, outside a federation. */
import { digestTensors, globalNorm } from '@leakscope/shared/tensors';
import { MODEL_OPTIONS, readImages, victimModel } from '../inputs/victim-model.ts';
import { integerOption } from '../shell/arguments.ts';
import { command } from '../shell/command.ts';
import { printResult } from '../shell/io.ts';

export default command({
  name: 'defend',
  summary: 'applies a defence to an update',
  description:
    'Soteria scores the features of the images that the update came from, and so needs --weights and --images as well; the other defences need the update alone.',
  positionals: [],
  options: {
    defense: {
      type: 'string',
      value: 'SPEC',
      required: true,
      summary: 'name:key=value,key=value; several joined by +',
    },
    in: { type: 'string', value: 'FILE', required: true, summary: 'update to defend, safetensors' },
    out: { type: 'string', value: 'FILE', required: true, summary: 'safetensors file to write' },
    seed: { type: 'string', value: 'N', default: '0', summary: 'seed of the noise' },
    ...MODEL_OPTIONS,
    images: { type: 'string', value: 'FILE', multiple: true, summary: 'images of the update, for Soteria' },
  },
  examples: [
    {
      line: 'leakscope defend --defense clip:bound=4 --in g.safetensors --out y.safetensors',
      does: 'clip the global norm to 4',
    },
    {
      line: 'leakscope defend --defense sparsify:fraction=0.9+noise:sigma=0.1 --in g.safetensors --out y.safetensors --seed 3',
      does: 'two defences, one after the other',
    },
    {
      line: 'leakscope defend --defense soteria:fraction=0.8 --in g.safetensors --weights w.safetensors --images a.png --out y.safetensors',
      does: 'Soteria, which looks at the images',
    },
  ],
  async run({ options, io }) {
    const { defendUpdate, featureSensitivity } = await import('@leakscope/defenses');
    const { readSafetensors, writeSafetensors } = await import('@leakscope/shared/safetensors');
    const { tensors, metadata } = await readSafetensors(options.in);
    const sensitivity = async () => {
      const { model, weights } = await victimModel('defend', options);
      const images = await readImages(options.images, model.inputShape[1]);
      return await featureSensitivity({ model, weights, images });
    };
    const { update, plan } = await defendUpdate({
      update: tensors,
      defense: options.defense,
      seed: integerOption('seed', options.seed),
      ...(options.images.length > 0 ? { sensitivity } : {}),
    });
    await writeSafetensors(options.out, update, { metadata: { ...metadata, defense: plan.text } });
    const result = { out: options.out, defense: plan.text, digest: digestTensors(update), norm: globalNorm(update) };
    printResult(io, result, () => `${options.out}: ${plan.text}, norm ${result.norm.toFixed(4)}`);
    return 0;
  },
});
