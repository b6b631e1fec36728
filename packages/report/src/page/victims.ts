/** Per victim: original, reconstruction, floor and ceiling side by side, with what each is worth. */
import { count, percent, pValue } from '../format.ts';
import { metricsOf, metricText } from '../metric-text.ts';
import type { Picture, RunReport, Victim } from '../run/model.ts';
import { attackNames } from './attack-names.ts';
import { type Html, html } from './html.ts';

/** As much as fits under a picture; the table of metrics has all of them. */
const ON_CARDS: ReadonlySet<string> = new Set(['mse11', 'psnr11', 'ssim']);

export function victimsSection(run: RunReport): Html {
  const groups = Map.groupBy(run.victims, ({ stage, client, attackIndex }) =>
    JSON.stringify([stage, client, attackIndex]),
  );
  const attacks = attackNames(run.victims);
  return html`${
    run.unshown > 0
      ? html`<p class="note">Of each client, stage and attack the faces that leak most, least and in between; ${count(run.unshown)} more are in <a href="leaks.csv">leaks.csv</a>.</p>`
      : null
  }
${[...groups.values()].map((victims) => {
  const [first] = victims;
  if (!first) return null;
  return html`<section class="client">
<h3>${first.client} <code>${first.defense}</code> <small>${first.stage}, ${attacks.get(first.attackIndex)}</small>${first.control ? html` <span class="tag">control</span>` : null}</h3>
${
  first.control
    ? html`<p class="note">What the attack got here is the update of another client, so nothing of these faces is in it. Whatever leak shows here is chance, or a fault of the method.</p>`
    : null
}
<div class="victims">${victims.map(victimCard)}</div>
</section>`;
})}`;
}

const PLACES = { most: 'leaks most', median: 'median', least: 'leaks least' } as const;

function victimCard(victim: Victim): Html {
  return html`<article class="victim${victim.failure ? ' failed' : ''}">
<header>${victim.id}${victim.place && html` <span class="tag">${PLACES[victim.place]} of ${victim.of}</span>`} <small>round ${victim.round}, ${victim.label}${labelNote(victim)}</small></header>
<div class="pictures">
${picture('original', victim.original)}${picture('reconstruction', victim.reconstruction)}${picture('floor', victim.floor)}${picture('ceiling', victim.ceiling)}
</div>
${
  victim.failure
    ? html`<p class="failure"><code>${victim.failure.code}</code> ${victim.failure.message}</p>`
    : html`<dl>
<div><dt>Leak above prior</dt><dd>${percent(victim.leakAbovePrior)}</dd></div>
<div><dt>Share of ceiling</dt><dd>${percent(victim.shareOfCeiling)}</dd></div>
<div><dt>Rank</dt><dd>${count(victim.rank)}${victim.decoys === null ? null : ` of ${count(victim.decoys + 1)}`}</dd></div>
<div><dt>p</dt><dd>${pValue(victim.pValue)}</dd></div>
</dl>`
}
${victim.inferredDefense === null ? null : html`<p class="inferred">Defence inferred: <b>${victim.inferredDefense}</b></p>`}
</article>`;
}

function labelNote({ label, inferredLabel }: Victim): string {
  if (inferredLabel === null) return '';
  return inferredLabel === label ? ' (inferred)' : ` (inferred: ${inferredLabel})`;
}

function picture(name: string, { png, metrics }: Picture): Html {
  const image = png
    ? html`<img alt="${name}" src="data:image/png;base64,${Buffer.from(png).toString('base64')}">`
    : html`<div class="absent" role="img" aria-label="no ${name} was kept"></div>`;
  return html`<figure>${image}<figcaption>${name}${
    metrics
      ? html`<br><small>${metricsOf([metrics])
          .filter(({ name }) => ON_CARDS.has(name))
          .map((metric) => html`${metric.title} ${metricText(metric, metrics)}<br>`)}</small>`
      : null
  }</figcaption></figure>`;
}
