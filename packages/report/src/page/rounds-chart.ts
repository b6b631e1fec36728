/** Leak per round as a drawing: one line a client, the test accuracy dashed behind them, on one axis of 0 to 100 %. */
import { percent } from '../format.ts';
import type { RoundRow } from '../run/model.ts';
import { type Html, html } from './html.ts';

const WIDTH = 720;
const HEIGHT = 260;
const MARGIN = { left: 48, right: 130, top: 12, bottom: 34 };

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Nothing where fewer than two rounds were run: a line needs two points. */
export function roundsChart(rounds: readonly RoundRow[]): Html | null {
  if (rounds.length < 2) return null;
  const clients = [...new Map(rounds.flatMap((row) => row.leaks.map((leak) => [leak.client, leak.control])))];
  const lowest = Math.min(0, ...rounds.flatMap((row) => row.leaks.map(({ leak }) => leak)));
  const floor = Math.max(-0.5, Math.floor(lowest * 4) / 4);
  const clipped = lowest < floor;
  const x = (i: number) => MARGIN.left + (i / (rounds.length - 1)) * (WIDTH - MARGIN.left - MARGIN.right);
  const y = (value: number) => {
    const height = HEIGHT - MARGIN.top - MARGIN.bottom;
    return MARGIN.top + (1 - (Math.max(floor, Math.min(1, value)) - floor) / (1 - floor)) * height;
  };
  const points = (value: (row: RoundRow) => number | null | undefined): Point[] =>
    rounds.flatMap((row, i) => {
      const at = value(row);
      return at === null || at === undefined ? [] : [{ x: x(i), y: y(at) }];
    });
  const ticks = [floor, 0, 0.25, 0.5, 0.75, 1].filter((tick, i) => i > 0 || tick < 0);
  const lines = clients.map(([client, control], i) => ({
    name: client,
    kind: control ? 'control' : `c${i % 8}`,
    points: points((row) => row.leaks.find((leak) => leak.client === client)?.leak),
  }));
  const accuracy = { name: 'accuracy', kind: 'accuracy', points: points((row) => row.accuracy) };
  const drawn = [accuracy, ...lines].filter((line) => line.points.length > 0);
  const labels = spread(drawn.map((line) => line.points.at(-1)?.y ?? 0));
  return html`<figure class="chart"><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Leak above prior and test accuracy per round">
${ticks.map(
  (
    tick,
  ) => html`<line class="grid${tick === 0 ? ' zero' : ''}" x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${y(tick)}" y2="${y(tick)}"/>
<text class="tick" x="${MARGIN.left - 8}" y="${y(tick) + 4}" text-anchor="end">${clipped && tick === floor ? '≤ ' : ''}${percent(tick)}</text>`,
)}
${drawn.map((line, i) => series(line, labels[i] ?? 0))}
${stageLabels(rounds, x)}
</svg><figcaption>Mean leak above prior of each client's victims, round by round; the dashed line is the shared model's test accuracy.${clipped ? ` Leak below ${percent(floor)} is drawn at the edge.` : null}</figcaption></figure>`;
}

function series({ name, kind, points }: { name: string; kind: string; points: Point[] }, labelY: number): Html {
  const last = points.at(-1);
  return html`<g class="series ${kind}"><polyline points="${points.map((p) => `${p.x.toFixed(1)},${p.y.toFixed(1)}`).join(' ')}"/>
${points.length <= 60 ? points.map((p) => html`<circle cx="${p.x.toFixed(1)}" cy="${p.y.toFixed(1)}" r="2.5"/>`) : null}
<text x="${(last?.x ?? 0) + 8}" y="${(labelY + 4).toFixed(1)}">${name.length > 18 ? `${name.slice(0, 17)}…` : name}</text></g>`;
}

function stageLabels(rounds: readonly RoundRow[], x: (i: number) => number): Html[] {
  const stages = [
    ...Map.groupBy(
      rounds.map((row, i) => ({ stage: row.stage, i })),
      ({ stage }) => stage,
    ),
  ];
  return stages.map(([stage, rows]) => {
    const first = rows[0]?.i ?? 0;
    const from = x(first);
    const span =
      rows.length === 1
        ? `round ${rounds[first]?.round}`
        : `rounds ${rounds[first]?.round} to ${rounds[rows.at(-1)?.i ?? 0]?.round}`;
    return html`<line class="stage" x1="${from}" x2="${from}" y1="${MARGIN.top}" y2="${HEIGHT - MARGIN.bottom}"/>
<text class="tick" x="${from}" y="${HEIGHT - 12}">${stages.length > 1 ? `${stage}, ` : ''}${span}</text>`;
  });
}

/** Moves label heights apart to 13 units, keeping their order. */
function spread(heights: readonly number[]): number[] {
  const order = heights.map((height, i) => ({ height, i })).sort((a, b) => a.height - b.height);
  const placed: number[] = [...heights];
  let previous = Number.NEGATIVE_INFINITY;
  for (const { height, i } of order) {
    previous = Math.max(height, previous + 13);
    placed[i] = previous;
  }
  return placed;
}
