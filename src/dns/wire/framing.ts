// The framing of messages on a connection: two bytes of length, then the message (RFC 1035 section 4.2.2).

/** Length and message in one buffer, so that they leave in one segment (RFC 7766 section 8). */
export function framed(message: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(2 + message.length);
  frame.writeUInt16BE(message.length, 0);
  frame.set(message, 2);
  return frame;
}
