/** How to read the numbers: the definitions behind each column, in the words of docs/measuring.md and docs/metrics.md. */
import { BASELINES } from '@leakscope/evaluator/baselines';
import { METRICS } from '@leakscope/evaluator/metrics';
import { type Html, html } from './html.ts';

const TERMS: readonly (readonly [string, string])[] = [
  [
    'Leak above prior',
    '1 − MSE / MSE of the floor. A generator always draws a plausible face, so only what comes on top of that counts. 0 % means that the update told nothing that was not known before; 100 % is a perfect copy; negative means worse than guessing.',
  ],
  [
    'Floor (prior only)',
    `What an attacker has without the update, for each metric the better of: ${textOf('floor')} Which is better is decided on other public faces, never by looking at the truth.`,
  ],
  [
    'Ceiling (GAN inversion)',
    `The closest picture that the generator can draw when it is shown the true image. ${textOf('ceiling')} No attack through this generator can be expected to do better.`,
  ],
  ['Share of ceiling', 'How much of the way from floor to ceiling the attack went.'],
  [
    'Rank, p-value',
    'The reconstruction is compared with the true face and with every decoy: faces that the victim’s own sampling rule could have drawn instead. p = (1 + decoys at least as close) / (1 + decoys), one p for each distinct victim; a client’s p combines its victims by Fisher’s method. A failed attack counts as p = 1.',
  ],
  [
    'Interval',
    '95 %, over distinct victims, and only from 8 distinct victims on. The same face seen in many rounds is one victim.',
  ],
  [
    'Defence inferred',
    'What the attacker took the client’s defence to be, from the update alone, and in brackets how wrong each parameter was: relative to the true value, so noise sigma (+3 %) is a sigma 3 % too large. Where it is far off, a small leak may be owed to the attacker’s mistake and not to the defence.',
  ],
  [
    'Control',
    'A client whose intercepted update was swapped for another client’s. It must show no leak: if it does, the method is wrong, not the client.',
  ],
  ['Accuracy', 'Of the shared model on test examples that no client holds, after the last round of the stage.'],
  [
    'Failed',
    'Attacks that ended in an error or ran out of time. They stay in every mean as no leak and are never dropped.',
  ],
  ...METRICS.builtIn.map(({ title, summary }): [string, string] => [title, summary]),
];

function textOf(bound: 'floor' | 'ceiling'): string {
  const summaries = BASELINES.filter((baseline) => baseline.bound === bound).map(({ summary }) => summary);
  return summaries.join(' ');
}

export function glossary(): Html {
  return html`<dl class="glossary">${TERMS.map(([term, meaning]) => html`<div><dt>${term}</dt><dd>${meaning}</dd></div>`)}</dl>`;
}
