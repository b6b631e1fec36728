/** The tarballs work where there is no workspace: built, packed, installed with npm and no install scripts, then doctor. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'leakscope-pack-'));
const installed = join(folder, 'node_modules', '.bin', 'leakscope');

function run(command: string, argv: string[], cwd: string): string {
  const { status, stdout, stderr, error } = spawnSync(command, argv, { cwd, encoding: 'utf8', maxBuffer: 2 ** 26 });
  if (status !== 0) throw error ?? new Error(`${command} ${argv.join(' ')} ended with ${status}\n${stdout}\n${stderr}`);
  return stdout;
}

beforeAll(() => {
  run(process.execPath, ['scripts/build.ts'], root);
  run('npx', ['-y', 'pnpm@12', '-r', '--filter', './packages/*', 'pack', '--pack-destination', folder], root);
  const tarballs = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
  const dependencies = Object.fromEntries(tarballs.map((name) => [packageOf(name), `file:./${name}`]));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }));
  run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'], folder);
}, 180_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** leakscope-cli-0.1.0.tgz holds @leakscope/cli. */
function packageOf(tarball: string): string {
  return `@leakscope/${tarball.replace(/^leakscope-/, '').replace(/-\d+\.\d+\.\d+.*$/, '')}`;
}

describe('packed tarballs', () => {
  it('carry every package, and no source', () => {
    const names = readdirSync(join(folder, 'node_modules', '@leakscope'));
    expect(names.toSorted()).toEqual(readdirSync(join(root, 'packages')).toSorted());
    for (const name of names)
      expect(readdirSync(join(folder, 'node_modules', '@leakscope', name))).not.toContain('src');
  });

  it('run doctor', () => {
    const report: unknown = JSON.parse(run(installed, ['doctor', '--json'], folder));
    expect(report).toMatchObject({ healthy: true });
  });

  it('know every command that the workspace knows', () => {
    const workspace = run(process.execPath, [join(root, 'packages/cli/bin/leakscope.js'), '--help'], root);
    expect(run(installed, ['--help'], folder)).toBe(workspace);
  });

  it('name in their exports only files that they hold', () => {
    for (const name of readdirSync(join(folder, 'node_modules', '@leakscope'))) {
      const at = join(folder, 'node_modules', '@leakscope', name);
      const { exports } = JSON.parse(readFileSync(join(at, 'package.json'), 'utf8'));
      for (const { types, default: code } of Object.values<{ types: string; default: string }>(exports)) {
        if (types.includes('*')) continue;
        expect(readFileSync(join(at, types)).length).toBeGreaterThan(0);
        expect(readFileSync(join(at, code)).length).toBeGreaterThan(0);
      }
    }
  });
});
