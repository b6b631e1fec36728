/** The model card of a generator, written from what its file says and what was measured: no number comes from elsewhere. */
import type { GeneratorQuality } from './measure.ts';
import { recipeNamed } from './recipes.ts';

const LICENCES: Readonly<Record<string, string>> = {
  celeba:
    'Trained on CelebA (Liu et al., ICCV 2015, MMLAB, CUHK), which is for non-commercial research only, and so are these weights.',
  'synthetic-faces': 'Trained on faces that Leakscope draws itself; Apache-2.0, like Leakscope.',
};

/** Markdown. `name`: what the generator is called, the name of its file without the ending. */
export function modelCard(quality: GeneratorQuality, { name }: { name: string }): string {
  const { metadata: trained, frechet, inversion, prior, diversity, memorisation } = quality;
  const recipe = trained.recipe ?? 'unknown';
  const source = trained.data === 'celeba' ? 'celeba:PATH' : (trained.data ?? 'SOURCE');
  const options = ['recipe', 'epochs', 'batch', 'learningRate', 'seed']
    .filter((key) => trained[key] !== undefined)
    .map((key) => `--${key === 'learningRate' ? 'learning-rate' : key} ${trained[key]}`);
  const licence = LICENCES[trained.data ?? ''] ?? 'As the data it was trained on.';
  return `# ${name}

A generator of 32x32 faces, \`${quality.arch}\`, z ~ N(0, I) with 128 entries. fp16 safetensors with PyTorch names; the metadata
hold what this page says of the training.

| | |
|---|---|
| data | ${trained.data}, ${trained.images} images of the public partition, ${trained.dataDigest} |
| recipe | \`${recipe}\`: ${recipe === 'unknown' ? 'unknown' : recipeNamed(recipe).summary} |
| steps | ${trained.steps} of ${trained.batch} images (${trained.epochs} epochs), learning rate ${trained.learningRate}, seed ${trained.seed} |
| file | ${quality.digest} |
| licence | ${licence} |

## Quality

Distances between images are mean squared errors on [-1, 1]. Held-out faces are those of the evaluation partition.

| measured | value | for comparison |
|---|---|---|
| GAN inversion, mean over ${inversion.faces} held-out faces (Adam on z, ${inversion.steps} steps, from the nearest of 128 random latents) | ${number(inversion.mean)} ± ${number(inversion.deviation)} | worst ${number(inversion.worst)} |
| random sample to held-out face, mean over ${prior.pairs} pairs | ${number(prior.mean)} | two held-out faces ${number(diversity.faces)} |
| diversity: mean over pairs of samples | ${number(diversity.samples)} | of held-out faces ${number(diversity.faces)} |
| Fréchet distance, ${frechet.images} samples to as many training faces | ${number(frechet.value)} | two sets of training faces ${number(frechet.floor)} |
| memorisation: sample to its nearest training face, median | ${number(memorisation.samples)} | held-out face ${number(memorisation.heldOut)} |
| samples nearer to a training face than 99 % of held-out faces are | ${(100 * memorisation.suspicious).toFixed(1)} % | 1 % expected |

Feature space of the Fréchet distance: ${frechet.space}. It is not the Inception space of published FIDs: compare it only with itself.

## Again

\`\`\`
leakscope train-generator --data ${source} ${options.join(' ')} --out ${name}.safetensors
leakscope train-generator --data ${source} --measure ${name}.safetensors
\`\`\`
`;
}

function number(value: number): string {
  return value.toPrecision(3);
}
