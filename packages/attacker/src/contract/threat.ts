/** What the attacking server knows, stated beforehand: an attack that would need more is refused. */
import type { DefensePlan } from '@leakscope/defenses';
import type { ThreatConfig } from '@leakscope/shared/config';
import { LeakscopeError } from '@leakscope/shared/errors';
import type { InterceptedUpdate } from './update.ts';

/** Labels known or inferred; the defence blind, estimated or oracle; batch size and running statistics known. */
export type ThreatModel = ThreatConfig;

/** What the attacker is told, where the threat model says so. Never images, never a seed. */
export interface OracleKnowledge {
  /** Only with `defense: oracle`. */
  readonly defense?: DefensePlan;
  /** Only with `labels: known`; one an example. */
  readonly labels?: readonly number[];
}

/** What an attack cannot do without. */
export interface Requirements {
  /** Set where inferred labels will not do. */
  readonly labels?: 'known';
  /** Most examples behind one update. */
  readonly largestBatch?: number;
}

/** Throws ATTACK_REFUSED where the attack needs more than the threat model grants, or is told more or less than it says. */
export function requireKnowledge(
  attack: { readonly name: string; readonly requires: Requirements },
  threat: ThreatModel,
  update: InterceptedUpdate,
  oracle: OracleKnowledge = {},
): void {
  const refuse = (reason: string) => new LeakscopeError('ATTACK_REFUSED', { attack: attack.name, reason });
  const { labels, largestBatch } = attack.requires;
  if (labels === 'known' && threat.labels !== 'known') {
    throw refuse('it needs threat.labels=known, and the threat model says inferred');
  }
  if (largestBatch !== undefined && update.batchSize > largestBatch) {
    throw refuse(`it takes updates of at most ${largestBatch} example(s), and this one has ${update.batchSize}`);
  }
  if ((threat.labels === 'known') !== (oracle.labels !== undefined)) {
    throw refuse(oracle.labels === undefined ? 'labels are known but not given' : 'labels are given but not known');
  }
  if (oracle.labels !== undefined && oracle.labels.length !== update.batchSize) {
    throw refuse(`${oracle.labels.length} label(s) are given for a batch of ${update.batchSize}`);
  }
  const outside = oracle.labels?.find(
    (label) => !Number.isInteger(label) || label < 0 || label >= update.model.classes,
  );
  if (outside !== undefined) throw refuse(`label ${outside} is not one of ${update.model.classes} classes`);
  if ((threat.defense === 'oracle') !== (oracle.defense !== undefined)) {
    const told = oracle.defense !== undefined;
    throw refuse(
      told
        ? 'the defence is told, but threat.defense is not oracle'
        : 'threat.defense is oracle, but no defence is told',
    );
  }
}
