import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatPlugins, parsePlugin, parsePlugins } from './plugin.ts';

test.each([
  ['none', [{ name: 'none', params: {} }]],
  ['noise:sigma=0.1', [{ name: 'noise', params: { sigma: 0.1 } }]],
  [
    'clip:bound=4,scope=layer+noise:sigma=1e+2',
    [
      { name: 'clip', params: { bound: 4, scope: 'layer' } },
      { name: 'noise', params: { sigma: 100 } },
    ],
  ],
  [' a : x = true , y = -0.5 ', [{ name: 'a', params: { x: true, y: -0.5 } }]],
  ['./mine/my-defense.ts:strength=1', [{ name: './mine/my-defense.ts', params: { strength: 1 } }]],
])('%s', (text, plugins) => {
  expect(parsePlugins(text)).toEqual(plugins);
});

test('objects and lists', () => {
  expect(parsePlugins([{ name: 'clip', params: { bound: 4 } }, 'a+b', { name: 'none' }])).toEqual([
    { name: 'clip', params: { bound: 4 } },
    { name: 'a', params: {} },
    { name: 'b', params: {} },
    { name: 'none', params: {} },
  ]);
});

describe('what cannot be read names field, value and reason', () => {
  test.each([
    ['', 'a name is missing'],
    ['clip+', 'a name is missing'],
    [':bound=4', ':bound=4 does not begin with a name'],
    ['clip:bound', '"bound" is not key=value'],
    ['clip:bound=4,', '"" is not key=value'],
    ['clip:bound=4,bound=5', 'bound is given twice'],
  ])('%j', (text, reason) => {
    expect(() => parsePlugins(text, 'clients.0.defense')).toThrow(
      expect.objectContaining({
        code: 'CONFIG_PLUGIN_INVALID',
        message: `clients.0.defense: ${JSON.stringify(text)} is no plug-in: ${reason}`,
      }),
    );
  });

  test('one means one', () => {
    expect(parsePlugin('ggl:steps=3')).toEqual({ name: 'ggl', params: { steps: 3 } });
    expect(() => parsePlugin('a+b')).toThrow(expect.objectContaining({ code: 'CONFIG_PLUGIN_INVALID' }));
  });
});

test('format and parse are inverse', () => {
  const key = fc.stringMatching(/^[a-z][a-zA-Z]{0,8}$/);
  const value = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((x) => !Object.is(x, -0)),
    fc.boolean(),
    key,
  );
  const plugin = fc.record({ name: key, params: fc.dictionary(key, value, { noNullPrototype: true }) });
  fc.assert(
    fc.property(fc.array(plugin, { minLength: 1, maxLength: 3 }), (plugins) => {
      expect(parsePlugins(formatPlugins(plugins))).toEqual(
        plugins.map(({ name, params }) => ({
          name,
          // A word that reads as a boolean comes back as one.
          params: Object.fromEntries(
            Object.entries(params).map(([k, v]) => [k, v === 'true' ? true : v === 'false' ? false : v]),
          ),
        })),
      );
    }),
  );
});
