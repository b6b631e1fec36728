/** `leakscope gradient`: the gradient that a client with these images would upload. */
import { digestTensors, globalNorm } from '@leakscope/shared/tensors';
import { labelsOption, MODEL_OPTIONS, readImages, victimModel } from '../inputs/victim-model.ts';
import { command } from '../shell/command.ts';
import { printResult } from '../shell/io.ts';

export default command({
  name: 'gradient',
  summary: 'computes the gradient of images, as a client would upload it',
  description:
    'Writes the gradient of the mean cross entropy as safetensors with PyTorch names, before any defence. Batch norm uses its running statistics.',
  positionals: [],
  options: {
    ...MODEL_OPTIONS,
    images: { type: 'string', value: 'FILE', multiple: true, summary: 'an image; resized and cropped to the input' },
    labels: { type: 'string', value: 'N,N', required: true, summary: 'class of each image, in order' },
    out: { type: 'string', value: 'FILE', required: true, summary: 'safetensors file to write' },
    'save-weights': { type: 'string', value: 'FILE', summary: 'also write the weights, for leakscope attack' },
  },
  examples: [
    {
      line: 'leakscope gradient --weights w.safetensors --images a.png --labels 1 --out g.safetensors',
      does: 'the gradient of one face at given weights',
    },
    {
      line: 'leakscope gradient --init-seed 7 --save-weights w.safetensors --images a.png --labels 1 --out g.safetensors',
      does: 'at a freshly initialised model, whose weights are kept for the attack',
    },
  ],
  async run({ options, io }) {
    const { model, weights } = await victimModel('gradient', options);
    const images = await readImages(options.images, model.inputShape[1]);
    const labels = labelsOption(options.labels, images.length, model.classes);
    const { computeGradient } = await import('@leakscope/attacker');
    const { writeSafetensors } = await import('@leakscope/shared/safetensors');
    const { gradient, loss } = await computeGradient({ model, weights, images, labels });
    const metadata = { arch: model.name, classes: String(model.classes) };
    await writeSafetensors(options.out, gradient, { metadata });
    if (options['save-weights']) await writeSafetensors(options['save-weights'], weights, { metadata });
    const result = {
      out: options.out,
      digest: digestTensors(gradient),
      loss,
      norm: globalNorm(gradient),
      tensors: gradient.size,
    };
    printResult(
      io,
      result,
      () => `${options.out}: ${gradient.size} tensors, norm ${result.norm.toFixed(4)}, loss ${loss.toFixed(4)}`,
    );
    return 0;
  },
});
