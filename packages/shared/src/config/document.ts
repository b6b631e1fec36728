/** docs/experiment-file.md, its tables written from the schema; config.test.ts keeps the two equal. */
import { experimentKeys, type KeyDescription } from './keys.ts';

export const EXAMPLE = `name: celeba
seed: 2022
data: { source: celeba, path: ../shared/data/celeba-9k, resolution: 32, label: Male }
training: { batchSize: 1, learningRate: 0.01 }
stages:
  - { name: untrained, rounds: 10, serverLearningRate: 0 }      # learning rate 0: ten victims at one model
  - { name: training, rounds: 200, audit: false, batchSize: 8 }
  - { name: trained, rounds: 10, serverLearningRate: 0 }
clients:
  - { id: open, defense: none, auditVictims: 10 }
  - { id: noisy, defense: 'noise:sigma=0.1', auditVictims: 4 }
  - { id: both, defense: 'clip:bound=4,scope=layer+noise:sigma=0.1', auditVictims: 4 }
  - { id: control, defense: none, swapWith: open }              # must show no leak
attack:
  name: ggl
  generator: celeba-32
  steps: 2500
  threat: { labels: inferred, defense: estimated }
`;

/** The whole page. */
export function experimentDocument(): string {
  const keys = experimentKeys().filter(({ path }) => !path.startsWith('stages[].training.'));
  const top = keys.filter(({ path }) => !path.includes('.'));
  const sections = top.filter(({ path }) => keys.some((key) => inside(key, path)));
  return `# The experiment file

<!-- Written by \`pnpm docs:config\` from packages/shared/src/config. Do not edit. -->

One YAML (or JSON) file is an experiment. Every key may be left out but \`stages[].name\` and \`stages[].rounds\` of a stage that is given; an empty
file is an experiment of defaults. An unknown key is an error that names its path and the key that was probably meant; so is
a value of the wrong kind. Relative paths in it, and in \`--set\`, start at the folder of the experiment file, or at \`--base DIR\`.

\`--set training.batchSize=8 --set clients.0.defense=none\` changes single values; what follows \`=\` is read as YAML. The
resolved experiment, with every default filled in, is in the run's \`manifest.json\`, and is itself an experiment file.

\`\`\`yaml
${EXAMPLE}\`\`\`

## Top level

${table(top, '')}
${sections
  .map(
    ({ path }) =>
      `## \`${path}\`\n\n${table(
        keys.filter((key) => inside(key, path)),
        path,
      )}`,
  )
  .join('\n')}`;
}

function inside(key: KeyDescription, section: string): boolean {
  return key.path.startsWith(`${section}.`) || key.path.startsWith(`${section}[].`);
}

function table(keys: readonly KeyDescription[], section: string): string {
  const rows = keys.map((key) => {
    const name = section === '' ? key.path : key.path.slice(section.length).replace(/^(\[\])?\./, '');
    const value = key.default === undefined ? '' : `\`${JSON.stringify(key.default)}\``;
    return `| \`${name}\` | ${key.type.replaceAll('|', '\\|')} | ${value} | ${key.description.replaceAll('|', '\\|')} |`;
  });
  return `| key | value | default | meaning |\n|---|---|---|---|\n${rows.join('\n')}\n`;
}
