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
