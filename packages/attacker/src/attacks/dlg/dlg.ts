/**
 * Deep Leakage from Gradients (Zhu et al., NeurIPS 2019): pixels and soft labels together, by L-BFGS from normals. Told the labels, it searches
 * pixels alone.
 */
import { defineAttack } from '../../contract/attack.ts';
import { deepLeakage, deepLeakageParameters } from '../pixels/deep-leakage.ts';

export const dlg = defineAttack({
  name: 'dlg',
  summary: 'search pixels and labels together by L-BFGS',
  params: deepLeakageParameters,
  requires: {},
  reconstruct: (input, params, context) =>
    deepLeakage('dlg', input.threat.labels === 'known' ? 'given' : 'searched', input, params, context),
});
