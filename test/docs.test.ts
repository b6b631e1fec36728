/** Links between the pages of this repository lead somewhere, and the index of docs/ names every page. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const docs = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
const pages = ['README.md', 'CONTRIBUTING.md', ...docs.map((name) => join('docs', name))];

it.each(pages)('%s links to files that exist', (page) => {
  const text = readFileSync(join(root, page), 'utf8').replaceAll(/```.*?```/gs, '');
  const links = [...text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, target]) => target ?? '');
  const broken = links.filter((target) => !existsSync(join(root, dirname(page), target)));
  expect(broken).toEqual([]);
});

it('docs/README.md names every page', () => {
  const index = readFileSync(join(root, 'docs/README.md'), 'utf8');
  expect(docs.filter((name) => name !== 'README.md' && !index.includes(`(${name})`))).toEqual([]);
});

it('the README shows commands that exist', async () => {
  const { COMMANDS } = await import('@leakscope/cli/commands');
  const names = COMMANDS.map(({ name }) => name);
  const shown = [
    ...readFileSync(join(root, 'README.md'), 'utf8').matchAll(
      /^(?:\w+\$ +)?(?:LEAKSCOPE_TOKEN=\S+ )?leakscope ([a-z-]+)/gm,
    ),
  ];
  expect(shown.length).toBeGreaterThan(5);
  for (const [, name] of shown) expect(names).toContain(name);
});
