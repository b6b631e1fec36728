/** The whole page: one file, no script, nothing loaded from anywhere (its content policy forbids it). The one link is to the table beside it. */
import { readFileSync } from 'node:fs';
import type { ComparisonReport } from '../comparison/comparison.ts';
import type { Fact, RunReport } from '../run/model.ts';
import { clientsTable } from './clients-table.ts';
import { comparisonSection } from './comparison-section.ts';
import { glossary } from './glossary.ts';
import { headline } from './headline.ts';
import { Html, html } from './html.ts';
import { metricsTable } from './metrics-table.ts';
import { roundsChart } from './rounds-chart.ts';
import { victimsSection } from './victims.ts';

const STYLES = readFileSync(new URL('./styles.css', import.meta.url), 'utf8');

export function renderPage(runs: readonly RunReport[], comparison: ComparisonReport): string {
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
${headline(runs, comparison)}
</header>
<main>
${runs.length > 1 ? comparisonSection(comparison) : null}
<section><h2>Clients</h2>${clientsTable(runs)}</section>
${runs.length > 1 ? null : comparisonSection(comparison)}
<section><h2>Metrics</h2>${metricsTable(runs)}</section>
${runs.map((run) => runSections(run, runs.length > 1))}
<section><h2>How to read the numbers</h2>${glossary()}</section>
</main>
</body>
</html>
`.text;
}

/** Several runs are folded, each under its name: the tables above have what compares them. */
function runSections(run: RunReport, folded: boolean): Html {
  const chart = roundsChart(run.rounds);
  const sections = html`<section><h2>What was audited</h2>
<div class="facts">${factList('Conditions', run.conditions)}${factList('Attack', run.attack)}${factList('Data and licences', run.licences)}</div></section>
${chart ? html`<section><h2>Leak per round</h2>${chart}</section>` : null}
<section><h2>Victims</h2>${victimsSection(run)}</section>`;
  return folded
    ? html`<details class="run"><summary>${run.name}</summary>${sections}</details>`
    : html`<section class="run">${sections}</section>`;
}

function factList(title: string, facts: readonly Fact[]): Html | null {
  if (facts.length === 0) return null;
  return html`<div><h3>${title}</h3><dl>${facts.map(({ name, value }) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl></div>`;
}
