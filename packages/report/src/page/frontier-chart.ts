/** Accuracy against leak as a drawing: a point each variant with its intervals, those that no other beats joined by a line. */
import type { FrontierPoint } from '@leakscope/evaluator/statistics';
import type { StageFrontier } from '../comparison/comparison.ts';
import { percent } from '../format.ts';
import { type Axis, axisOver } from './axis.ts';
import { type Html, html } from './html.ts';

const WIDTH = 720;
const HEIGHT = 340;
const MARGIN = { left: 56, right: 24, top: 16, bottom: 46 };

/** The best corner is the upper left one. */
export function frontierChart({ stage, attack, points }: StageFrontier): Html {
  const x = axisOver(
    points.flatMap(({ leak, leakInterval }) => [leak, ...(leakInterval ?? [])]),
    [MARGIN.left, WIDTH - MARGIN.right],
  );
  const y = axisOver(
    points.flatMap(({ accuracy, accuracyInterval }) => [accuracy, ...accuracyInterval]),
    [HEIGHT - MARGIN.bottom, MARGIN.top],
  );
  const best = points.filter(({ optimal }) => optimal).toSorted((a, b) => a.leak - b.leak);
  return html`<figure class="chart frontier"><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Accuracy against leak above prior, stage ${stage}, attack ${attack}">
${y.ticks.map(
  ({
    value,
    text,
  }) => html`<line class="grid" x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${y.at(value)}" y2="${y.at(value)}"/>
<text class="tick" x="${MARGIN.left - 8}" y="${y.at(value) + 4}" text-anchor="end">${text}</text>`,
)}
${x.ticks.map(
  ({
    value,
    text,
  }) => html`<line class="grid${value === 0 ? ' zero' : ''}" y1="${MARGIN.top}" y2="${HEIGHT - MARGIN.bottom}" x1="${x.at(value)}" x2="${x.at(value)}"/>
<text class="tick" x="${x.at(value)}" y="${HEIGHT - MARGIN.bottom + 16}" text-anchor="middle">${text}</text>`,
)}
<text class="axis" x="${WIDTH - MARGIN.right}" y="${HEIGHT - 8}" text-anchor="end">leak above prior →</text>
<text class="axis" x="${MARGIN.left}" y="${HEIGHT - 8}">↑ accuracy</text>
${best.length > 1 ? html`<polyline class="best" points="${best.map((point) => `${x.at(point.leak)},${y.at(point.accuracy)}`).join(' ')}"/>` : null}
${points.map((point, i) => marked(point, `c${i % 8}`, x, y))}
</svg><figcaption>Stage ${stage}, attack ${attack}: test accuracy of each variant’s model against the mean leak of its victims. Bars are 95 % intervals, over test images and over victims; both are of the trainings that were run. The line joins those that no other beats on both axes.${
    x.clipped ? ` Leak below ${percent(x.lowest)} is drawn at the edge.` : null
  }</figcaption></figure>`;
}

function marked(
  { name, accuracy, accuracyInterval, leak, leakInterval, optimal }: FrontierPoint,
  colour: string,
  x: Axis,
  y: Axis,
): Html {
  const [cx, cy] = [x.at(leak), y.at(accuracy)];
  // A name goes where there is room: to the left of points in the right half.
  const left = cx > WIDTH / 2;
  return html`<g class="point ${colour}${optimal ? '' : ' beaten'}">
<line y1="${y.at(accuracyInterval[0])}" y2="${y.at(accuracyInterval[1])}" x1="${cx}" x2="${cx}"/>
${leakInterval ? html`<line x1="${x.at(leakInterval[0])}" x2="${x.at(leakInterval[1])}" y1="${cy}" y2="${cy}"/>` : null}
<circle cx="${cx}" cy="${cy}" r="5"/>
<text x="${cx + (left ? -9 : 9)}" y="${cy - 9}" text-anchor="${left ? 'end' : 'start'}">${name.length > 32 ? `${name.slice(0, 31)}…` : name}</text></g>`;
}
