/** Links between pages lead somewhere, paths and pages that are named exist, and the index of docs/ names every page. */
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

it.each(['tour.md', 'extend.md'])('docs/%s names files and folders that exist', (page) => {
  const text = readFileSync(join(root, 'docs', page), 'utf8');
  const paths = [...text.matchAll(/`((?:packages|test|scripts|experiments|docs)\/[^`\s]+)`/g)].map(
    ([, path]) => path ?? '',
  );
  expect(paths.length).toBeGreaterThan(10);
  expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

it('docs/architecture.md has a row for every package', () => {
  const text = readFileSync(join(root, 'docs/architecture.md'), 'utf8');
  const rows = text.split('\n').filter((line) => line.startsWith('| `'));
  const named = rows.flatMap((row) => (row.split('|')[1] ?? '').match(/[a-z]+/g) ?? []);
  for (const name of readdirSync(join(root, 'packages'))) expect(named).toContain(name);
});

it('every page of docs/ that a source names is there', () => {
  const missing = readdirSync(join(root, 'packages')).flatMap((name) => {
    const folder = join(root, 'packages', name, 'src');
    const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));
    return sources.flatMap((path) => {
      const text = readFileSync(join(folder, path), 'utf8');
      const pages = [...text.matchAll(/(?<![\w./-])docs\/([a-z-]+)/g)].map(([, page]) => `docs/${page}.md`);
      return pages.filter((page) => !existsSync(join(root, page))).map((page) => `${name}/${path} names ${page}`);
    });
  });
  expect(missing).toEqual([]);
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
