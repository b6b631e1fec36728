/** Rows of a table, one group a run and stage, with a title where there are several. */
import type { ClientRow, RunReport } from '../run/model.ts';
import { type Html, html } from './html.ts';

/** `columns`: of the whole table; `rowsOf` renders the clients of one run and stage. */
export function rowGroups(
  runs: readonly RunReport[],
  columns: number,
  rowsOf: (clients: readonly ClientRow[]) => readonly Html[],
): Html[] {
  return runs.flatMap((run) => {
    const stages = [...new Set(run.clients.map(({ stage }) => stage))];
    return stages.map((stage) => {
      const title = [runs.length > 1 ? run.name : '', stages.length > 1 ? stage : ''].filter(Boolean).join(': ');
      return html`<tbody>
${title ? html`<tr class="group"><th scope="rowgroup" colspan="${columns}"><span>${title}</span></th></tr>` : null}
${rowsOf(run.clients.filter((client) => client.stage === stage))}
</tbody>`;
    });
  });
}

/** The cell that names a client; `beside` stands in a line of its own below. */
export const clientCell = ({ client, control }: ClientRow, beside: Html | null = null): Html =>
  html`<th scope="row">${client}${control ? html` <span class="tag">control</span>` : null}${beside && html`<br>${beside}`}</th>`;
