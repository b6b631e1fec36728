/** docs/metrics.md, written from the registries of metrics and baselines; document.test.ts keeps them equal. */
import { z } from 'zod';
import { BASELINES } from './baselines/registry.ts';
import { METRICS } from './metrics/registry.ts';

/** The whole page. */
export function metricsDocument(): string {
  const metrics = METRICS.builtIn.map(({ name, title, summary, nearer, params }) => [
    `\`${name}\``,
    title,
    nearer,
    summary,
    parameters(params),
  ]);
  const baselines = BASELINES.map(({ name, bound, needs, summary, params }) => [
    `\`${name}\``,
    bound,
    needs.join(', '),
    summary,
    parameters(params),
  ]);
  return `# Metrics and baselines

<!-- Written by \`pnpm docs:metrics\` from packages/evaluator/src. Do not edit. -->

What [measuring.md](measuring.md) builds on. Each row is one file of packages/evaluator/src/metrics or packages/evaluator/src/baselines.

## Metrics

\`nearer\` says which of two values is nearer to the true face, and so leaks more. A leak record holds each of them in \`metrics\` (the
reconstruction), \`floor\` and \`ceiling\`; \`null\` stands where one could not be measured.

${table(['field', 'title', 'nearer', 'is', 'parameters'], metrics)}

## Baselines

Of the floors that are there each metric takes the best one; \`floorSource\` names it. A baseline is there where what it needs is.

${table(['name', 'bound', 'needs', 'shows', 'parameters'], baselines)}
`;
}

/** Each parameter with its default. */
function parameters(schema: z.ZodType): string {
  const { properties = {} } = z.toJSONSchema(schema);
  return Object.entries(properties)
    .map(([name, property]) => {
      const { default: value, description } = property as z.core.JSONSchema.JSONSchema;
      return `\`${name}=${value}\`: ${description}`;
    })
    .join('; ');
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}
