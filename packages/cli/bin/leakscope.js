#!/usr/bin/env node
// Plain JavaScript that any Node can parse: says which Node is needed, then runs the sources (workspace) or dist (installed).
import { existsSync } from 'node:fs';

const [major, minor] = process.versions.node.split('.').map(Number);
const recent = major > 22 || (major === 22 && minor >= 18);
if (!recent) {
  process.stderr.write(
    `CLI_NODE_TOO_OLD: leakscope needs Node 22.18 or newer, this is ${process.version} (${process.execPath}).\n` +
      '  Inside the workspace run it through pnpm, which brings its own Node 22: npx -y pnpm@12 leakscope --help\n' +
      '  Elsewhere install Node 22 from https://nodejs.org and try again.\n',
  );
  process.exit(4);
}

// An attack begins 1.5 s earlier where its memory comes in huge pages instead of 4 KiB at a time (docs/performance.md). glibc reads this
// before a program begins, so the process begins again, in its own place; what the user set stands. A forked one keeps its channel.
const { GLIBC_TUNABLES: tunables } = process.env;
const runsCommand = process.argv.length > 2 && !process.argv[2].startsWith('-');
if (process.platform === 'linux' && tunables === undefined && runsCommand && process.send === undefined) {
  const again = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  process.execve?.(process.execPath, again, { ...process.env, GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1' });
}

// node:sqlite warns once a process that it is experimental in Node 22; the choice is ours, the line would only alarm users.
const printWarning = process.listeners('warning');
process.removeAllListeners('warning');
process.on('warning', (warning) => {
  if (warning.name === 'ExperimentalWarning' && warning.message.startsWith('SQLite')) return;
  for (const print of printWarning) print.call(process, warning);
});

const sources = new URL('../src/main.ts', import.meta.url);
const entry = existsSync(sources) ? sources : new URL('../dist/main.js', import.meta.url);
await import(entry.href);
