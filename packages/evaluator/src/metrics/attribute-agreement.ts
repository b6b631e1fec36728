/** Which attributes a reconstruction gives away, as far as a judge trained on public faces can read them. */
import { z } from 'zod';
import { defineMetric } from './metric.ts';

export const attributeAgreement = defineMetric({
  name: 'attributeAgreement',
  title: 'Attributes',
  summary:
    'Share of the attributes that read the same as the true face has them. The reader is a ridge discriminant on pixels, trained on public faces. An attribute counts where its balanced accuracy on held-out public faces is at least .75.',
  format: { digits: 2 },
  nearer: 'higher',
  params: z.strictObject({}),
  needs: ['attributes'],
  measure: ({ image, attributes: { judge, truth } }) => judge.agreement(image, truth),
});
