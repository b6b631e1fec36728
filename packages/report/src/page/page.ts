/** The whole page: one file, no script, nothing loaded from anywhere (its content policy forbids it). */
import { readFileSync } from 'node:fs';
import { percent, pValue } from '../format.ts';
import type { ClientRow, Fact, RunReport } from '../run/model.ts';
import { clientsTable } from './clients-table.ts';
import { glossary } from './glossary.ts';
import { Html, html } from './html.ts';
import { metricsTable } from './metrics-table.ts';
import { roundsChart } from './rounds-chart.ts';
import { victimsSection } from './victims.ts';

const STYLES = readFileSync(new URL('./styles.css', import.meta.url), 'utf8');

export function renderPage(runs: readonly RunReport[]): string {
  const title = runs.map((run) => run.name).join(', ');
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<title>Leak report: ${title}</title>
<style>${new Html(STYLES)}</style>
</head>
<body>
<header class="top">
<p class="product">Leakscope</p>
<h1>How much does each client leak?</h1>
<p class="lead">${title}</p>
${runs.map(verdict)}
</header>
<main>
<section><h2>Clients</h2>${clientsTable(runs)}</section>
<section><h2>Metrics</h2>${metricsTable(runs)}</section>
${runs.map((run) => runSections(run, runs.length > 1))}
<section><h2>How to read the numbers</h2>${glossary()}</section>
</main>
</body>
</html>
`.text;
}

/** The result in a sentence or two, of the last stage that was audited. */
function verdict(run: RunReport): Html | null {
  const last = run.clients.at(-1)?.stage;
  const rows = run.clients.filter((row) => row.stage === last);
  const worst = rows
    .filter((row) => !row.control && row.leakAbovePrior !== null)
    .sort((a, b) => (b.leakAbovePrior ?? 0) - (a.leakAbovePrior ?? 0))[0];
  if (!worst) return html`<p class="verdict">${run.name}: nothing was audited.</p>`;
  const controls = rows.filter((row) => row.control);
  const leak = worst.leakAbovePrior ?? 0;
  const over = `over ${worst.victims} ${worst.victims === 1 ? 'victim' : 'victims'}, p = ${pValue(worst.pValue)}`;
  const found =
    leak > 0
      ? html`the client that leaks most is <b>${worst.client}</b> (<code>${worst.defense}</code>): ${percent(leak)} above the prior ${over}.`
      : html`no client leaks above the prior; the nearest to it is <b>${worst.client}</b> (${percent(leak)} ${over}).`;
  return html`<p class="verdict">${run.finished ? null : html`<span class="tag">unfinished run</span> `}In stage <b>${worst.stage}</b> ${found} ${controls.map(controlSentence)}</p>`;
}

/** The control passes where it shows neither a leak nor a small p. */
function controlSentence(row: ClientRow): Html {
  const clean = (row.leakAbovePrior ?? 0) <= 0 && (row.pValue ?? 1) > 0.05;
  return html`The control <b>${row.client}</b> ${clean ? 'shows none, as it must' : html`<strong class="alarm">does not pass: these numbers cannot be trusted</strong>`} (${percent(row.leakAbovePrior)}, p = ${pValue(row.pValue)}). `;
}

function runSections(run: RunReport, named: boolean): Html {
  const chart = roundsChart(run.rounds);
  return html`<section class="run">
${named ? html`<h2 class="run-name">${run.name}</h2>` : null}
<section><h2>What was audited</h2>
<div class="facts">${factList('Conditions', run.conditions)}${factList('Attack', run.attack)}${factList('Data and licences', run.licences)}</div></section>
${chart ? html`<section><h2>Leak per round</h2>${chart}</section>` : null}
<section><h2>Victims</h2>${victimsSection(run)}</section>
</section>`;
}

function factList(title: string, facts: readonly Fact[]): Html | null {
  if (facts.length === 0) return null;
  return html`<div><h3>${title}</h3><dl>${facts.map(({ name, value }) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl></div>`;
}
