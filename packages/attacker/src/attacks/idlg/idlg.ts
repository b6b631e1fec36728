/** Improved Deep Leakage from Gradients (Zhao et al. 2020): the label is read off the head's gradient first, then pixels are searched by L-BFGS. */
import { defineAttack } from '../../contract/attack.ts';
import { deepLeakage, deepLeakageParameters } from '../pixels/deep-leakage.ts';

export const idlg = defineAttack({
  name: 'idlg',
  summary: 'search pixels by L-BFGS, with the label that the head gives away',
  params: deepLeakageParameters,
  requires: {},
  reconstruct: (input, params, context) => deepLeakage('idlg', 'given', input, params, context),
});
