/** The result in a few sentences: of whom a leak is shown, who leaks more where that is told, and whether the controls pass. */
import { type Comparison, holm } from '@leakscope/evaluator/statistics';
import type { ComparisonReport } from '../comparison/comparison.ts';
import { percent, pValue } from '../format.ts';
import type { ClientRow, RunReport } from '../run/model.ts';
import { type Html, html } from './html.ts';

const LEVEL = 0.05;

/** More winners than that are left to the table. */
const MOST_WINNERS = 6;

/** Of the last stage that was audited. */
export function headline(runs: readonly RunReport[], comparison: ComparisonReport): Html[] {
  return [
    ...(runs.length > 1 ? [variantsSentence(runs, comparison)] : []),
    ...runs.map((run) => runSentences(run, comparison, runs.length)),
  ];
}

function variantsSentence(runs: readonly RunReport[], { comparisons, varied }: ComparisonReport): Html {
  const last = lastStage(runs);
  const told = comparisons.filter(({ setting }) => setting.stage === last);
  const by = varied.length > 0 ? html` (<code>${varied.join(', ')}</code>)` : null;
  return html`<p class="verdict">${runs.length} runs side by side${by}. ${
    told.length > 0
      ? html`In stage <b>${last}</b>: ${winners(told)}`
      : 'They share no victims, so which of them leaks more is not told.'
  }</p>`;
}

function runSentences(run: RunReport, comparison: ComparisonReport, runs: number): Html {
  const stage = lastStage([run]);
  const rows = run.clients.filter((row) => row.stage === stage);
  const audited = rows.filter(({ control }) => !control);
  const unfinished = run.finished ? null : html`<span class="tag">unfinished run</span> `;
  if (audited.length === 0) return html`<p class="verdict">${unfinished}${run.name}: nothing was audited.</p>`;
  const controls = rows.filter(({ control }) => control).map(controlSentence);
  // Of several runs each is told in its section; here stands what must not be missed.
  if (runs > 1)
    return html`${unfinished || controls.length > 0 ? html`<p class="verdict">${unfinished}${run.name}: ${controls}</p>` : null}`;
  const own = comparison.comparisons.filter(({ setting }) => setting.stage === stage);
  const clients = new Set(audited.map(({ client }) => client)).size;
  const order =
    own.length > 0
      ? winners(own)
      : clients > 1
        ? 'The clients hold different faces, so which of them leaks more is not told.'
        : null;
  return html`<p class="verdict">${unfinished}In stage <b>${stage}</b> ${shownSentence(audited)} ${order} ${controls}</p>`;
}

const lastStage = (runs: readonly RunReport[]): string | undefined =>
  runs.flatMap(({ clients }) => clients).at(-1)?.stage;

/** A leak is shown where it is above the prior and its p, after Holm over all rows, is at most .05. */
function shownSentence(rows: readonly ClientRow[]): Html {
  const adjusted = holm(rows.map(({ pValue: p }) => p ?? 1));
  const isShown = (row: ClientRow, i: number) => (row.leakAbovePrior ?? 0) > 0 && (adjusted[i] as number) <= LEVEL;
  const shown = rows.filter(isShown);
  const attacks = new Set(rows.map(({ attack }) => attack)).size > 1;
  const text = ({ client, attack, leakAbovePrior, pValue: p }: ClientRow) =>
    html`<b>${client}</b>${attacks ? ` under ${attack}` : null} (${percent(leakAbovePrior)} above the prior, p = ${pValue(p)})`;
  if (shown.length === 0) return html`no client is shown to leak above the prior.`;
  const others = new Set(rows.map(({ client }) => client)).size - new Set(shown.map(({ client }) => client)).size;
  return html`a leak is shown of ${listed(shown.map(text))}${others > 0 ? `, and of none of the other ${others}` : null}.`;
}

/** Who leaks more than whom, where that holds after Holm. */
function winners(comparisons: readonly Comparison[]): Html {
  const told = comparisons.filter(({ leaksMore }) => leaksMore !== null);
  const open = comparisons.length - told.length;
  if (told.length === 0) {
    const none = comparisons.length === 1 ? 'the two are not' : 'no two of them are';
    return html`${none} told apart on the victims that they share.`;
  }
  const sentences = told
    .slice(0, MOST_WINNERS)
    .map(
      ({ a, b, leaksMore, adjustedP }) =>
        html`<b>${leaksMore}</b> leaks more than <b>${leaksMore === a ? b : a}</b> (p = ${pValue(adjustedP)})`,
    );
  const more = told.length - sentences.length;
  return html`${listed(sentences)}${more > 0 ? `, and ${more} more in the table` : null}. ${
    open > 0 ? `${open} of ${comparisons.length} comparisons: not told apart.` : null
  }`;
}

/** The control passes where it shows neither a leak nor a small p. */
function controlSentence(row: ClientRow): Html {
  const clean = (row.leakAbovePrior ?? 0) <= 0 && (row.pValue ?? 1) > LEVEL;
  return html`The control <b>${row.client}</b> ${clean ? 'shows none, as it must' : html`<strong class="alarm">does not pass: these numbers cannot be trusted</strong>`} (${percent(row.leakAbovePrior)}, p = ${pValue(row.pValue)}). `;
}

/** a, b and c */
function listed(items: readonly Html[]): Html[] {
  return items.map((item, i) => html`${i === 0 ? '' : i === items.length - 1 ? ' and ' : ', '}${item}`);
}
