/** Every metric of every client and attack: means over its distinct victims, each metric a column. */
import { count, percent } from '../format.ts';
import { metricsOf, metricText } from '../metric-text.ts';
import type { ClientRow, RunReport } from '../run/model.ts';
import { attackNames } from './attack-names.ts';
import { type Html, html } from './html.ts';
import { clientCell, rowGroups } from './row-groups.ts';

export function metricsTable(runs: readonly RunReport[]): Html {
  const metrics = metricsOf(runs.flatMap(({ clients }) => clients.map((client) => client.metrics)));
  const attacks = attackNames(runs.flatMap(({ clients }) => clients));
  const attackOf = ({ attackIndex }: ClientRow) => html`<small>${attacks.get(attackIndex)}</small>`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Metrics per client"><table class="metrics">
<thead><tr><th scope="col">Client</th><th scope="col" class="n">Share of ceiling</th><th scope="col" class="n">True face first</th>
<th scope="col" class="n">Median rank</th>${metrics.map(({ title }) => html`<th scope="col" class="n">${title}</th>`)}</tr></thead>
${rowGroups(runs, 4 + metrics.length, (clients) =>
  clients.map(
    (row) => html`<tr${row.control ? html` class="control"` : null}>
${clientCell(row, attacks.size > 1 ? attackOf(row) : null)}
<td class="n">${percent(row.shareOfCeiling)}</td>
<td class="n">${percent(row.rankedFirst)}</td>
<td class="n">${count(row.medianRank)}${row.decoys === null ? null : html`<br><small>of ${count(row.decoys + 1)}</small>`}</td>
${metrics.map((metric) => html`<td class="n">${metricText(metric, row.metrics)}</td>`)}
</tr>`,
  ),
)}
</table></div>`;
}
