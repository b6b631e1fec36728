/** WebSocket close codes: part of the interface. 4000-4999 are ours (RFC 6455, section 7.4.2). */

export interface CloseReason {
  readonly code: number;
  /** Whether a client should connect again. */
  readonly retry: boolean;
  readonly meaning: string;
}

export const CLOSE = {
  finished: { code: 1000, retry: false, meaning: 'the run is over' },
  goingAway: { code: 1001, retry: true, meaning: 'this side shuts down; a server that is started again goes on' },
  frameTooLarge: { code: 1009, retry: false, meaning: 'a frame is longer than the limit `frameBytes`' },
  versionMismatch: { code: 4000, retry: false, meaning: 'the two sides speak different protocol versions' },
  unauthorised: { code: 4001, retry: false, meaning: 'the token is wrong' },
  unknownClient: { code: 4002, retry: false, meaning: 'the client id is not one of the experiment' },
  experimentMismatch: { code: 4003, retry: false, meaning: 'the two sides were given different experiments' },
  replaced: { code: 4004, retry: false, meaning: 'a newer connection of the same client took over' },
  frameInvalid: { code: 4005, retry: false, meaning: 'a frame is no message of this protocol' },
  unexpectedMessage: { code: 4006, retry: true, meaning: 'a message came out of order' },
  limitExceeded: { code: 4007, retry: false, meaning: 'a transfer is larger than a limit allows' },
  helloTimeout: { code: 4008, retry: true, meaning: 'no hello came in time' },
  pingTimeout: { code: 4009, retry: true, meaning: 'pings were not answered' },
  transferFailed: {
    code: 4010,
    retry: true,
    meaning: 'chunks did not match their hash; resume from the acknowledged offset',
  },
  internal: { code: 4011, retry: true, meaning: 'this side met a fault of its own' },
} as const satisfies Record<string, CloseReason>;

export type CloseName = keyof typeof CLOSE;

/** The name and meaning of a close code; undefined for one that is not in the table (1006: the line broke; try again). */
export function closeReason(code: number): (CloseReason & { name: CloseName }) | undefined {
  const found = (Object.keys(CLOSE) as CloseName[]).find((name) => CLOSE[name].code === code);
  return found && { name: found, ...CLOSE[found] };
}
