/** Which updates of a round are attacked, and under whose name. */
import type { ClientConfig } from '@leakscope/shared/config';
import type { Report } from './report.ts';

export interface Interception {
  /** The client that is audited: the truth is its own. */
  clientId: string;
  /** Its own report. */
  own: Report;
  /** The update that the attacker gets. */
  report: Report;
  /** On a control: the client that `report` really comes from. */
  swappedWith?: string;
}

interface InterceptionPlan {
  /** In the experiment's order of clients. */
  taken: Interception[];
  /** Controls whose partner has no update in this round. */
  withoutPartner: string[];
}

/** The clients whose updates an audited round may need: those that are due themselves, and the partners of controls that are. */
export function dueUpdates(clients: readonly ClientConfig[], audited: ReadonlyMap<string, number>): Set<string> {
  return new Set(clients.filter((client) => isDue(client, audited)).map(({ id, swapWith }) => swapWith ?? id));
}

const isDue = ({ id, auditVictims }: ClientConfig, audited: ReadonlyMap<string, number>): boolean =>
  auditVictims === 'all' || (audited.get(id) ?? 0) < auditVictims;

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
  for (const client of clients) {
    const { id, swapWith } = client;
    const own = byClient.get(id);
    if (own === undefined || !isDue(client, audited)) continue;
    if (swapWith === undefined) {
      plan.taken.push({ clientId: id, own, report: own });
    } else {
      const partner = byClient.get(swapWith);
      if (partner === undefined) {
        plan.withoutPartner.push(id);
        continue;
      }
      plan.taken.push({ clientId: id, own, report: partner, swappedWith: swapWith });
    }
    audited.set(id, (audited.get(id) ?? 0) + 1);
  }
  return plan;
}
