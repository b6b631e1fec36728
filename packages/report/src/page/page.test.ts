/** The page: nothing from outside, hostile names harmless, every kind of row shown for what it is. */
import { METRICS } from '@leakscope/evaluator/metrics';
import { describe, expect, it } from 'vitest';
import { fabricatedRow, fabricatedRun, fabricatedVictim } from '../run/run.fixture.ts';
import { escapeText } from './html.ts';
import { renderPage } from './page.ts';

describe('report page', () => {
  const page = renderPage([fabricatedRun()]);

  it('loads nothing and runs nothing', () => {
    expect(page).toContain(`content="default-src 'none'; img-src data:; style-src 'unsafe-inline'"`);
    expect(page).not.toMatch(/<script|<link|<iframe|@import|url\(|(src|href)="(?!data:image\/png;base64,)/i);
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
    expect(renderPage([chained])).toContain('clip:bound=4+<wbr>noise:sigma=0.1');
  });

  it('puts several runs side by side in one table', () => {
    const both = renderPage([fabricatedRun({ name: 'first' }), fabricatedRun({ name: 'second' })]);
    expect(both.match(/<table class="clients">/g)).toHaveLength(1);
    expect(both.match(/<tr class="group">/g)).toHaveLength(2 + 2);
  });

  it('does not call it a leak where every client stays below the prior', () => {
    const below = renderPage([
      fabricatedRun({ clients: [fabricatedRow({ leakAbovePrior: -0.48, leakInterval: null })] }),
    ]);
    expect(below).toContain('no client leaks above the prior');
    expect(below).not.toContain('leaks most');
  });

  it('does not call an empty run a clean one', () => {
    expect(renderPage([fabricatedRun({ clients: [], victims: [], rounds: [] })])).toContain('nothing was audited');
  });
});
