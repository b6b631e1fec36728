/** What the server knows of an accepted update. */
import type { Body } from '@leakscope/shared/protocol';

/** The update as its client offered it. `examples` is its weight in the aggregate. */
export type Report = Omit<Body<'offer'>, 'stageIndex'> & { clientId: string };
