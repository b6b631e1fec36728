/** Every metric of every client: means over its distinct victims, each metric a column. */
import { metricsOf, metricText } from '../metric-text.ts';
import type { RunReport } from '../run/model.ts';
import { type Html, html } from './html.ts';
import { clientCell, rowGroups } from './row-groups.ts';

export function metricsTable(runs: readonly RunReport[]): Html {
  const metrics = metricsOf(runs.flatMap(({ clients }) => clients.map((client) => client.metrics)));
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Metrics per client"><table class="metrics">
<thead><tr><th scope="col">Client</th>${metrics.map(({ title }) => html`<th scope="col" class="n">${title}</th>`)}</tr></thead>
${rowGroups(
  runs,
  1 + metrics.length,
  (row) => html`<tr${row.control ? html` class="control"` : null}>
${clientCell(row)}
${metrics.map((metric) => html`<td class="n">${metricText(metric, row.metrics)}</td>`)}
</tr>`,
)}
</table></div>`;
}
