/** The table that answers the question: a row for each client and stage, a leak and its p-value for each attack. */
import { percent, pValue } from '../format.ts';
import type { ClientRow, RunReport } from '../run/model.ts';
import { attackNames } from './attack-names.ts';
import { type Html, html } from './html.ts';
import { clientCell, rowGroups } from './row-groups.ts';

/** Leak comes right after the name: it is what a narrow screen shows. */
export function clientsTable(runs: readonly RunReport[]): Html {
  const attacks = attackNames(runs.flatMap(({ clients }) => clients));
  const of = (name: string) => (attacks.size > 1 ? html`<br><small>${name}</small>` : null);
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Leak per client"><table class="clients">
<thead><tr>
<th scope="col">Client, defence</th>
${[...attacks.values()].map((name) => html`<th scope="col">Leak above prior${of(name)}</th><th scope="col" class="n">p-value${of(name)}</th>`)}
<th scope="col" class="n">Accuracy</th><th scope="col" class="n">Victims</th><th scope="col" class="n">Failed</th>
</tr></thead>
${rowGroups(runs, 4 + 2 * attacks.size, (clients) =>
  [...Map.groupBy(clients, ({ client }) => client).values()].map((rows) => clientRow(rows, [...attacks.keys()])),
)}
</table></div>`;
}

/** `rows`: of one client, one an attack. */
function clientRow(rows: readonly ClientRow[], attacks: readonly number[]): Html {
  const [first] = rows as [ClientRow];
  const victims = Math.max(...rows.map((row) => row.victims));
  const reconstructions = rows.reduce((sum, row) => sum + row.reconstructions, 0);
  return html`<tr${first.control ? html` class="control"` : null}>
${clientCell(first, html`<code>${breakable(first.defense)}</code>`)}
${attacks.map((place) => {
  const row = rows.find(({ attackIndex }) => attackIndex === place);
  return row
    ? html`<td>${leakBar(row)}</td><td class="n">${pValue(row.pValue)}</td>`
    : html`<td>–</td><td class="n">–</td>`;
})}
<td class="n">${percent(first.accuracy, 1)}</td>
<td class="n">${victims}${reconstructions > victims * rows.length ? html`<br><small>in ${reconstructions}</small>` : null}</td>
<td class="n">${rows.reduce((sum, { failures }) => sum + failures, 0)}</td>
</tr>`;
}

/** A chain of defences may go on in a new line after each of them, so that a long one does not push the numbers out of sight. */
function breakable(defense: string): Html[] {
  return defense.split(/(?<=[+:,])/).map((part) => html`${part}<wbr>`);
}

/** A bar from 0 to 100 %; a negative leak is a number without a bar. */
function leakBar({ leakAbovePrior, leakInterval }: ClientRow): Html {
  const width = Math.max(0, Math.min(1, leakAbovePrior ?? 0)) * 100;
  const interval = leakInterval
    ? html`<small>${percent(leakInterval[0])} to ${percent(leakInterval[1])}</small>`
    : null;
  return html`<div class="leak"><b>${percent(leakAbovePrior)}</b> ${interval}<i style="--leak:${width.toFixed(1)}%"></i></div>`;
}
