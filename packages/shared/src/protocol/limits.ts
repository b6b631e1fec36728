/** Hard limits of the protocol: each has a name, a default and a reason; the server's config may change them. */

export interface ProtocolLimits {
  /** Bytes of payload in one chunk. Small enough to interleave with pings, large enough to cost few acknowledgements. */
  chunkBytes: number;
  /** Bytes of one WebSocket message: a chunk and its envelope. A longer one is refused before it is read. */
  frameBytes: number;
  /** Bytes of one transfer (weights or an update). */
  transferBytes: number;
  /** Tensors in one transfer. */
  tensors: number;
  /** Values in one transfer: bounds what a small sparse payload may unfold to. */
  values: number;
}

const MEBI = 1024 * 1024;

export const PROTOCOL_LIMITS: Readonly<ProtocolLimits> = {
  chunkBytes: MEBI,
  frameBytes: MEBI + 64 * 1024,
  transferBytes: 256 * MEBI,
  tensors: 4096,
  values: 64 * MEBI,
};
