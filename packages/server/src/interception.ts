/** What the curious server keeps of a round: which updates are attacked, and under whose name. */
import type { ClientConfig } from '@leakscope/shared/config';
import type { Report } from './round-collection.ts';

export interface Interception {
  /** The client that is audited: the truth is its own. */
  clientId: string;
  /** The update that the attacker gets. */
  report: Report;
  /** On a control: the client that `report` really comes from. */
  swappedWith?: string;
}

export interface InterceptionPlan {
  /** In the experiment's order of clients. */
  taken: Interception[];
  /** Controls whose partner has no update in this round. */
  withoutPartner: string[];
}

/**
 * The updates of an audited round that go to the attacker: of each client the first `auditVictims` in the stage. A control's job holds the
 * update of its partner in the same round. `audited` counts what this stage has had so far and is brought up to date.
 */
export function planInterception(
  clients: readonly ClientConfig[],
  reports: readonly Report[],
  audited: Map<string, number>,
): InterceptionPlan {
  const byClient = new Map(reports.map((report) => [report.clientId, report]));
  const plan: InterceptionPlan = { taken: [], withoutPartner: [] };
  for (const { id, auditVictims, swapWith } of clients) {
    const own = byClient.get(id);
    const count = audited.get(id) ?? 0;
    if (own === undefined || (auditVictims !== 'all' && count >= auditVictims)) continue;
    if (swapWith === undefined) {
      plan.taken.push({ clientId: id, report: own });
    } else {
      const partner = byClient.get(swapWith);
      if (partner === undefined) {
        plan.withoutPartner.push(id);
        continue;
      }
      plan.taken.push({ clientId: id, report: partner, swappedWith: swapWith });
    }
    audited.set(id, count + 1);
  }
  return plan;
}
