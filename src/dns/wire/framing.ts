// A message on a connection: its length in two bytes, and then itself (RFC 1035 section 4.2.2).

/** Both in one piece, so that they leave in one segment (RFC 7766 section 8). */
export function framed(message: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(2 + message.length);
  frame.writeUInt16BE(message.length, 0);
  frame.set(message, 2);
  return frame;
}
