import { expect, it } from 'vitest';
import { metricsDocument } from './document.ts';

it('docs/metrics.md is up to date (pnpm docs:metrics writes it)', async () => {
  await expect(metricsDocument()).toMatchFileSnapshot('../../../docs/metrics.md');
});
