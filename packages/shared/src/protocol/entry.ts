/** Reads a transfer's protobuf field by field, so that a limit stops it before a hostile one has been unfolded. */
import protobuf from 'protobufjs';
import { LeakscopeError } from '../errors.ts';
import type { ProtocolLimits } from './limits.ts';

/** One tensor as it lies on the wire; see `Tensors.Entry` in the .proto. */
export interface Entry {
  name: string;
  shape: number[];
  encoding: number;
  values: Uint8Array;
  support: Uint8Array;
}

/** More axes than any layer has. */
const MAX_AXES = 8;
const MAX_NAME_BYTES = 256;

/** Yields views into `bytes`. Throws PROTOCOL_LIMIT_EXCEEDED, or a RangeError or Error where the bytes are no such message. */
export function* readEntries(bytes: Uint8Array, limits: Pick<ProtocolLimits, 'tensors'>): Generator<Entry> {
  const reader = protobuf.Reader.create(bytes);
  let count = 0;
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag >>> 3 !== 1) {
      reader.skipType(tag & 7);
      continue;
    }
    if (++count > limits.tensors) {
      throw new LeakscopeError('PROTOCOL_LIMIT_EXCEEDED', { limit: 'tensors', value: count, maximum: limits.tensors });
    }
    yield readEntry(protobuf.Reader.create(reader.bytes()));
  }
}

function readEntry(reader: protobuf.Reader): Entry {
  const entry: Entry = { name: '', shape: [], encoding: 0, values: new Uint8Array(), support: new Uint8Array() };
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    switch (tag) {
      case 0x0a: {
        const name = reader.bytes();
        if (name.length > MAX_NAME_BYTES) throw new RangeError(`a name has ${name.length} bytes`);
        entry.name = Buffer.from(name).toString('utf8');
        break;
      }
      case 0x10: // one axis alone
        pushAxis(entry, reader.uint32());
        break;
      case 0x12: {
        const end = reader.uint32() + reader.pos;
        if (end > reader.len) throw new RangeError('a shape ends after its tensor');
        while (reader.pos < end) pushAxis(entry, reader.uint32());
        break;
      }
      case 0x18:
        entry.encoding = reader.uint32();
        break;
      case 0x22:
        entry.values = reader.bytes();
        break;
      case 0x2a:
        entry.support = reader.bytes();
        break;
      default:
        reader.skipType(tag & 7);
    }
  }
  return entry;
}

function pushAxis({ shape }: Entry, length: number): void {
  if (shape.push(length) > MAX_AXES) throw new RangeError(`a shape has more than ${MAX_AXES} axes`);
}
