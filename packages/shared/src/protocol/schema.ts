/** The protocol as protobuf text. It is a string, not a file, so that it travels with the packed JavaScript. */

/** Goes up with every change that an older side cannot read. */
export const PROTOCOL_VERSION = 1;

export const PROTOCOL_PROTO = `syntax = "proto3";
package leakscope;

// Every WebSocket message is one binary Envelope.
message Envelope {
  oneof body {
    Hello hello = 1;
    Welcome welcome = 2;
    Round round = 3;
    Fetch fetch = 4;
    Chunk chunk = 5;
    Offer offer = 6;
    Ack ack = 7;
    Accepted accepted = 8;
    RoundEnd round_end = 9;
    Finished finished = 10;
    Ping ping = 11;
    Pong pong = 12;
    Error error = 13;
    Bye bye = 14;
  }
}

// Client to server, first. Fields 1 and 2 keep their numbers in every version.
message Hello {
  uint32 protocol_version = 1;
  string software = 2;            // leakscope/0.1.0
  string client_id = 3;           // stable over reconnects
  string token = 4;
  string experiment_digest = 5;   // of what both sides must agree on; empty: do not compare
  uint32 examples = 6;            // in the client's shard
  repeated string encodings = 7;  // that the client can send and read
}

// Server to client: the hello is accepted.
message Welcome {
  uint32 protocol_version = 1;
  string software = 2;
  string run_id = 3;
  uint32 chunk_bytes = 4;
  uint32 frame_bytes = 5;
  double ping_seconds = 6;
}

// Server to client: train on these weights.
message Round {
  uint32 stage_index = 1;
  string stage = 2;
  uint32 round = 3;               // counts over all stages, from 0
  string weights_digest = 4;      // of the transfer's bytes: fetch them unless they are at hand
  uint32 weights_bytes = 5;
  string weights_encoding = 6;
  string update_encoding = 7;     // to be used for the update
  uint32 deadline_ms = 8;         // from now; 0: none
}

// Either side: send me this transfer from this offset on.
message Fetch {
  string digest = 1;
  uint32 offset = 2;
}

// Either side: bytes [offset, offset + data.length) of a transfer.
message Chunk {
  string digest = 1;
  uint32 offset = 2;
  bytes data = 3;
  bytes running_hash = 4;         // SHA-256 of bytes [0, offset + data.length)
}

// Client to server: an update is ready. Answered by ack (go on from this offset), accepted or error.
message Offer {
  uint32 stage_index = 1;
  uint32 round = 2;
  string digest = 3;
  uint32 bytes = 4;
  string encoding = 5;
  uint32 tensors = 6;
  uint32 examples = 7;            // behind this update: its weight in the mean
  uint32 local_steps = 8;
  double loss = 9;                // mean training loss
  double accuracy = 10;           // on the same examples
  repeated uint32 labels = 11;    // of the examples; only where the experiment's threat model tells them to the attacker
}

// Receiver to sender: bytes [0, offset) are on disk.
message Ack {
  string digest = 1;
  uint32 offset = 2;
}

// Server to client: the update is committed. Offering it again gives the same answer.
message Accepted {
  string digest = 1;
  bool duplicate = 2;
}

message RoundEnd {
  uint32 round = 1;
  bool evaluated = 2;
  double accuracy = 3;            // of the new weights on the test split, where evaluated
}

// Server to client: there is no further round.
message Finished {
  string reason = 1;
}

message Ping {
  uint32 nonce = 1;
}

message Pong {
  uint32 nonce = 1;
}

// Either side: a coded error (docs/errors.md). A fatal one is followed by a close.
message Error {
  string code = 1;
  string message = 2;
  bool fatal = 3;
  string digest = 4;              // the transfer that it is about, where it is about one
}

// Either side: I leave, and mean to.
message Bye {
  string reason = 1;
}

// The bytes of a transfer (weights or an update), as its digest covers them.
message Tensors {
  repeated Entry tensors = 1;

  message Entry {
    string name = 1;
    repeated uint32 shape = 2;
    Encoding encoding = 3;
    bytes values = 4;             // little endian, row major; with a sparse encoding only those of the support
    bytes support = 5;            // BITMAP: bit i of byte i/8, least first; INDICES: ascending uint32
  }

  enum Encoding {
    FP32 = 0;
    FP16 = 1;
    BF16 = 2;
    BITMAP = 3;                   // fp32 values
    INDICES = 4;                  // fp32 values
  }
}
`;
