/** The fixture's defences as the parity suite checks them: as text for `parseDefense`, and as the attacker's transform. */
import type { Transform } from '@leakscope/defenses';
import { parseDefense } from '@leakscope/defenses';
import { seeded } from '@leakscope/shared/random';
import type { NamedTensors, Tensor } from '@leakscope/shared/tensors';
import { type DefenceName, fixture } from './fixture.ts';

const SPECS: Readonly<Record<DefenceName, string>> = {
  clip_global_S4: 'clip:bound=4,scope=global',
  clip_layer_S4: 'clip:bound=4,scope=layer',
  'clip_global_S0.5': 'clip:bound=0.5,scope=global',
  'clip_layer_S0.5': 'clip:bound=0.5,scope=layer',
  'sparsify_p0.9': 'sparsify:fraction=0.9',
  'soteria_p0.8': 'soteria:fraction=0.8',
};

/** What Soteria scores by. */
export interface Sensitivity {
  readonly features: Float32Array;
  readonly sensitivity: Float32Array;
}

/** T(y), as a client applies the defence. */
export async function defend(name: DefenceName, y: NamedTensors, sensitivity?: Sensitivity): Promise<NamedTensors> {
  const plan = await parseDefense(SPECS[name]);
  return plan.apply(y, {
    random: (...path) => seeded(0, ...path),
    ...(sensitivity && { sensitivity: async () => sensitivity }),
  });
}

/** Ones at `kept`, zeros elsewhere. */
function maskOf(length: number, kept: readonly number[]): Uint8Array {
  const mask = new Uint8Array(length);
  for (const index of kept) mask[index] = 1;
  return mask;
}

/**
 * The support of the sparsified y. The rows of a two-class `fc` are equal but for the sign, so which of two equal
 * magnitudes stays is rounding: for these the fixture says which.
 */
export async function sparsityMasks(y: NamedTensors): Promise<Map<string, Uint8Array>> {
  const sparse = await defend('sparsify_p0.9', y);
  const { fc_weight_kept, fc_bias_kept } = fixture.cifar.defences['sparsify_p0.9'];
  const masks = new Map<string, Uint8Array>();
  for (const [name, { data }] of sparse) {
    masks.set(
      name,
      Uint8Array.from(data, (value) => (value === 0 ? 0 : 1)),
    );
  }
  masks.set('fc.weight', maskOf((y.get('fc.weight') as Tensor).data.length, fc_weight_kept));
  masks.set('fc.bias', maskOf((y.get('fc.bias') as Tensor).data.length, fc_bias_kept));
  return masks;
}

/** The transform that the attacker applies to its candidate's gradient. */
export async function transformOf(name: DefenceName, y: NamedTensors): Promise<Transform> {
  switch (name) {
    case 'clip_global_S4':
    case 'clip_global_S0.5':
      return { kind: 'scale-to-norm', scope: 'global', bounds: name === 'clip_global_S4' ? 4 : 0.5 };
    case 'clip_layer_S4':
    case 'clip_layer_S0.5':
      return { kind: 'scale-to-norm', scope: 'layer', bounds: name === 'clip_layer_S4' ? 4 : 0.5 };
    case 'sparsify_p0.9':
      return { kind: 'mask', masks: await sparsityMasks(y) };
    case 'soteria_p0.8': {
      const { zeroed } = fixture.cifar.defences['soteria_p0.8'];
      const columns = (y.get('fc.weight') as Tensor).shape[1] ?? 0;
      return { kind: 'columns', tensor: 'fc.weight', keep: maskOf(columns, zeroed).map((hidden) => 1 - hidden) };
    }
  }
}
