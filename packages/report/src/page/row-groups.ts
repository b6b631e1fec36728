/** Rows of a table, one group a run and stage, with a title where there are several. */
import type { ClientRow, RunReport } from '../run/model.ts';
import { type Html, html } from './html.ts';

/** `columns`: of the whole table; `row` renders one client, and is told whether its attack has to be named. */
export function rowGroups(
  runs: readonly RunReport[],
  columns: number,
  row: (client: ClientRow, namesAttack: boolean) => Html,
): Html[] {
  return runs.flatMap((run) => {
    const stages = [...new Set(run.clients.map(({ stage }) => stage))];
    const severalAttacks = new Set(run.clients.map(({ attack }) => attack)).size > 1;
    return stages.map((stage) => {
      const title = [runs.length > 1 ? run.name : '', stages.length > 1 ? stage : ''].filter(Boolean).join(': ');
      return html`<tbody>
${title ? html`<tr class="group"><th scope="rowgroup" colspan="${columns}">${title}</th></tr>` : null}
${run.clients.filter((client) => client.stage === stage).map((client) => row(client, severalAttacks))}
</tbody>`;
    });
  });
}

/** The cell that names a client. */
export const clientCell = ({ client, control }: ClientRow): Html =>
  html`<th scope="row">${client}${control ? html` <span class="tag">control</span>` : null}</th>`;
