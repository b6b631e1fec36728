/** The table that answers the question: one row a client and stage, one group a run. */
import { count, percent, pValue } from '../format.ts';
import type { ClientRow, RunReport } from '../run/model.ts';
import { type Html, html } from './html.ts';
import { clientCell, rowGroups } from './row-groups.ts';

export function clientsTable(runs: readonly RunReport[]): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Leak per client"><table class="clients">
<thead><tr>
<th scope="col">Client</th><th scope="col">Defence</th><th scope="col" class="n">Accuracy</th>
<th scope="col">Leak above prior</th><th scope="col" class="n">Share of ceiling</th><th scope="col" class="n">True face first</th>
<th scope="col" class="n">Median rank</th><th scope="col" class="n">p-value</th><th scope="col" class="n">Victims</th><th scope="col" class="n">Failed</th>
</tr></thead>
${rowGroups(runs, 10, clientRow)}
</table></div>`;
}

function clientRow(row: ClientRow, namesAttack: boolean): Html {
  return html`<tr${row.control ? html` class="control"` : null}>
${clientCell(row)}
<td><code>${breakable(row.defense)}</code>${namesAttack ? html`<br><small>attack ${row.attack}</small>` : null}</td>
<td class="n">${percent(row.accuracy, 1)}</td>
<td>${leakBar(row)}</td>
<td class="n">${percent(row.shareOfCeiling)}</td>
<td class="n">${percent(row.rankedFirst)}</td>
<td class="n">${count(row.medianRank)}${row.decoys === null ? null : html`<br><small>of ${count(row.decoys + 1)}</small>`}</td>
<td class="n">${pValue(row.pValue)}</td>
<td class="n">${row.victims}${row.reconstructions > row.victims ? html`<br><small>in ${row.reconstructions}</small>` : null}</td>
<td class="n">${row.failures}</td>
</tr>`;
}

/** A chain of defences may go on in a new line after each of them, so that a long one does not push the numbers out of sight. */
function breakable(defense: string): Html[] {
  return defense.split(/(?<=\+)/).map((part) => html`${part}<wbr>`);
}

/** A bar from 0 to 100 %; a negative leak is a number without a bar. */
function leakBar({ leakAbovePrior, leakInterval }: ClientRow): Html {
  const width = Math.max(0, Math.min(1, leakAbovePrior ?? 0)) * 100;
  const interval = leakInterval
    ? html`<small>${percent(leakInterval[0])} to ${percent(leakInterval[1])}</small>`
    : null;
  return html`<div class="leak"><b>${percent(leakAbovePrior)}</b> ${interval}<i style="--leak:${width.toFixed(1)}%"></i></div>`;
}
