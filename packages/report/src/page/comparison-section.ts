/** Who leaks more than whom: paired differences on the victims that both have, and the accuracy that each variant costs. */
import type { Comparison } from '@leakscope/evaluator/statistics';
import type { ComparisonReport } from '../comparison/comparison.ts';
import { intervalText, signedPercent } from '../comparison/text.ts';
import { count, pValue } from '../format.ts';
import { frontierChart } from './frontier-chart.ts';
import { type Html, html } from './html.ts';

/** Nothing where no two share a victim and no accuracy was measured. */
export function comparisonSection({ comparisons, frontiers }: ComparisonReport): Html | null {
  if (comparisons.length === 0 && frontiers.length === 0) return null;
  return html`<section><h2>Who leaks more</h2>
${comparisons.length > 0 ? pairsTable(comparisons) : null}
${frontiers.map(frontierChart)}
</section>`;
}

function pairsTable(comparisons: readonly Comparison[]): Html {
  return html`<p class="note">Each line compares two sides on the same victims: the mean difference of their leak above prior, in points, with a 95 % interval from 8 victims on. p is that of Wilcoxon’s signed-rank test after Holm’s correction for all ${comparisons.length} comparisons.</p>
<div class="scroll" tabindex="0" role="region" aria-label="Paired differences"><table class="pairs">
<thead><tr><th scope="col">Verdict</th><th scope="col" class="n">Difference</th><th scope="col" class="n">Adjusted p</th><th scope="col" class="n">Victims</th><th scope="col">Setting</th></tr></thead>
<tbody>${comparisons.map(pairRow)}</tbody>
</table></div>`;
}

function pairRow({ a, b, leaksMore, pairs, difference, interval, adjustedP, setting }: Comparison): Html {
  const verdict =
    leaksMore === null
      ? html`<b>not told apart</b><br><code>${a}</code> and <code>${b}</code>`
      : html`<code>${leaksMore}</code> <b>leaks more</b><br>than <code>${leaksMore === a ? b : a}</code>`;
  return html`<tr>
<th scope="row">${verdict}</th>
<td class="n">${signedPercent(difference)}${interval ? html`<br><small>${intervalText(interval)}</small>` : null}</td>
<td class="n">${pValue(adjustedP)}</td>
<td class="n">${count(pairs)}</td>
<td>${[setting.stage, setting.attack, setting.within].filter(Boolean).join(', ')}</td>
</tr>`;
}
