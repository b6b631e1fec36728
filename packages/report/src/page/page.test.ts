/** The page: nothing from outside, hostile names harmless, every kind of row shown for what it is. */
import { METRICS } from '@leakscope/evaluator/metrics';
import { describe, expect, it } from 'vitest';
import type { ComparisonReport } from '../comparison/comparison.ts';
import type { RunReport } from '../run/model.ts';
import { fabricatedRow, fabricatedRun, fabricatedVictim } from '../run/run.fixture.ts';
import { escapeText } from './html.ts';
import { renderPage as render } from './page.ts';

const NOTHING: ComparisonReport = { varied: [], runs: [], comparisons: [], frontiers: [] };
const renderPage = (runs: readonly RunReport[], comparison: Partial<ComparisonReport> = {}) =>
  render(runs, { ...NOTHING, ...comparison });

describe('report page', () => {
  const page = renderPage([fabricatedRun()]);

  it('loads nothing and runs nothing', () => {
    expect(page).toContain(`content="default-src 'none'; img-src data:; style-src 'unsafe-inline'"`);
    expect(page).not.toMatch(
      /<script|<link|<iframe|@import|url\(|src="(?!data:image\/png;base64,)|href="(?!leaks\.csv")/i,
    );
  });

  it('shows four pictures a victim, and says where one is missing', () => {
    expect(page.match(/<img /g)).toHaveLength(15);
    expect(page).toContain('aria-label="no reconstruction was kept"');
    expect(page).toContain('ATTACK_TIMED_OUT');
  });

  it('tells what the attacker inferred about the defence only where it tried', () => {
    expect(page.match(/<p class="inferred">/g)).toHaveLength(1);
    expect(page).toContain('Defence inferred: <b>none, rightly</b>');
  });

  it('escapes what clients and files named', () => {
    const evil = `"><img src=x onerror=alert(1)><script>'`;
    const hostile = renderPage([
      fabricatedRun({
        name: evil,
        clients: [fabricatedRow({ client: evil, defense: evil, stage: evil })],
        victims: [
          fabricatedVictim({
            client: evil,
            id: evil,
            label: evil,
            stage: evil,
            failure: { code: evil, message: evil },
          }),
        ],
        conditions: [{ name: evil, value: evil }],
        rounds: [0, 1].map((round) => ({
          stage: evil,
          round,
          accuracy: 1,
          leaks: [{ client: evil, control: false, leak: 1 }],
        })),
      }),
    ]);
    expect(hostile).not.toContain('<img src=x');
    expect(hostile).not.toContain('<script');
    expect(hostile).toContain('&quot;&gt;&lt;img src=x');
  });

  it('says that a control passed, and raises the alarm where it did not', () => {
    expect(page).toContain('shows none, as it must');
    const leaking = fabricatedRun({
      clients: [fabricatedRow(), fabricatedRow({ client: 'control', control: true, leakAbovePrior: 0.2, pValue: 0.4 })],
    });
    expect(renderPage([leaking])).toContain('does not pass');
  });

  it('has a column and a meaning for every metric, and a column for those of a user', () => {
    const [row] = [fabricatedRow()];
    const own = fabricatedRun({ clients: [{ ...row, metrics: { ...row.metrics, ears: 0.25 } }] });
    for (const { title, summary } of METRICS.builtIn) {
      expect(renderPage([own])).toContain(`<th scope="col" class="n">${title}</th>`);
      expect(renderPage([own])).toContain(escapeText(summary));
    }
    expect(renderPage([own])).toContain('<th scope="col" class="n">ears</th>');
    expect(renderPage([own])).toContain('<td class="n">0.2500</td>');
  });

  it('prints an interval only where there is one', () => {
    expect(page).toContain('80 % to 88 %');
    expect(page.match(/ % to /g)).toHaveLength(1);
  });

  it('lets a chain of defences go on in a new line', () => {
    const chained = fabricatedRun({
      clients: [fabricatedRow({ defense: 'clip:bound=4+noise:sigma=0.1' })],
      victims: [],
    });
    expect(renderPage([chained])).toContain('clip:<wbr>bound=4+<wbr>noise:<wbr>sigma=0.1');
  });

  it('puts several runs side by side in one table', () => {
    const both = renderPage([fabricatedRun({ name: 'first' }), fabricatedRun({ name: 'second' })]);
    expect(both.match(/<table class="clients">/g)).toHaveLength(1);
    expect(both.match(/<tr class="group">/g)).toHaveLength(2 + 2);
  });

  it('names of whom a leak is shown, and crowns nobody across different faces', () => {
    expect(page).toContain('a leak is shown of <b>none</b> (84 % above the prior, p = 3.1e-19), <b>clip</b> (79 %');
    expect(page).toContain('The clients hold different faces, so which of them leaks more is not told.');
    const below = renderPage([
      fabricatedRun({ clients: [fabricatedRow({ leakAbovePrior: -0.48, leakInterval: null, pValue: 0.001 })] }),
    ]);
    expect(below).toContain('no client is shown to leak above the prior');
    // A small p is worth nothing among many.
    const many = Array.from({ length: 10 }, (_, i) => fabricatedRow({ client: `c${i}`, pValue: i === 0 ? 0.02 : 0.5 }));
    expect(renderPage([fabricatedRun({ clients: many })])).toContain('no client is shown to leak above the prior');
  });

  const setting = { stage: 'untrained', attack: 'ggl', attackIndex: 0, within: null };
  const pair = { setting, a: 'none', b: 'noise', pairs: 12, difference: 0.31, interval: [0.2, 0.4] as const, p: 1e-3 };

  it('names a winner only where that holds', () => {
    const told = { ...pair, adjustedP: 0.002, leaksMore: 'none', verdict: 'none leaks more than noise' };
    const open = { ...pair, b: 'clip', adjustedP: 0.4, leaksMore: null, verdict: 'not told apart' };
    const both = renderPage([fabricatedRun()], { comparisons: [told, open] });
    expect(both).toContain(
      '<b>none</b> leaks more than <b>noise</b> (p = 0.0020). 1 of 2 comparisons: not told apart.',
    );
    expect(both.match(/<b>not told apart<\/b>/g)).toHaveLength(1);
    expect(both).toContain('+31.0 %<br><small>20.0 % to 40.0 %</small>');
    expect(renderPage([fabricatedRun()], { comparisons: [open] })).toContain('the two are not told apart');
  });

  it('draws the frontier, with what lies outside marked', () => {
    const point = (name: string, leak: number, optimal: boolean) => ({
      ...{ name, leak, optimal, accuracy: 0.9 },
      accuracyInterval: [0.88, 0.92] as const,
      leakInterval: [leak - 0.1, leak + 0.1] as const,
    });
    const frontier = (leak: number) => ({
      ...setting,
      points: [point('none', 0.8, true), point('noise', leak, false)],
    });
    const drawn = renderPage([fabricatedRun()], { frontiers: [frontier(0.1)] });
    expect(drawn.match(/<g class="point/g)).toHaveLength(2);
    expect(drawn.match(/<g class="point c1 beaten"/g)).toHaveLength(1);
    expect(drawn).not.toContain('≤ ');
    expect(renderPage([fabricatedRun()], { frontiers: [frontier(-3)] })).toContain('≤ −50 %');
  });

  it('gives each attack a column of its own, and two of one name different ones', () => {
    const rows = [0, 1].flatMap((attackIndex) => [
      fabricatedRow({ attackIndex }),
      fabricatedRow({ attackIndex, client: 'clip' }),
    ]);
    const columns = (clients: typeof rows) => {
      const text = renderPage([fabricatedRun({ clients, victims: [] })]);
      const table = /<table class="clients">.*?<\/table>/s.exec(text)?.[0] ?? '';
      return {
        headings: table.match(/Leak above prior<br><small>[^<]*/g),
        rows: table.match(/<th scope="row">/g)?.length,
      };
    };
    expect(columns(rows)).toEqual({
      headings: ['Leak above prior<br><small>ggl 1', 'Leak above prior<br><small>ggl 2'],
      rows: 2,
    });
    expect(columns(rows.map((row) => (row.attackIndex === 1 ? { ...row, attack: 'ig' } : row))).headings).toEqual([
      'Leak above prior<br><small>ggl',
      'Leak above prior<br><small>ig',
    ]);
  });

  it('says which victims are shown, and where the others are', () => {
    const victims = [fabricatedVictim({ place: 'most', of: 10 })];
    const some = renderPage([fabricatedRun({ victims, unshown: 9 })]);
    expect(some).toContain('leaks most of 10');
    expect(some).toContain('9 more are in <a href="leaks.csv">leaks.csv</a>');
    expect(page).not.toContain('<a ');
  });

  it('does not call an empty run a clean one', () => {
    expect(renderPage([fabricatedRun({ clients: [], victims: [], rounds: [] })])).toContain('nothing was audited');
  });
});
