// 0x20: forwarded names have random letter case. This restores the client's case in the upstream's answer.
import { lowerByte } from './name.js';
import { HEADER_SIZE } from './wire.js';

/** The name of a question as it was forwarded and as the client wrote it. */
export interface AskedName {
  /** The upstream's response, in which the question has the case in which it was forwarded. */
  readonly sent: Uint8Array;
  /** Name, type and class as the client wrote them. */
  readonly asked: Uint8Array;
}

/**
 * Writes the client's case over the name at `start` of `message` when it is the question's name. With `byLabels` also over
 * its first labels when they equal those that were forwarded: a DNAME carries them into its target (RFC 6672 section 2.3).
 * The target of a pointer is left alone: it belongs to another name, or is the question itself.
 */
export function restoreCase(
  message: Uint8Array,
  start: number,
  { sent, asked }: AskedName,
  byLabels: boolean,
): void {
  const same = commonLabels(message, start, sent, lowerByte);
  const isWhole = sent[HEADER_SIZE + same] === 0 && message[start + same] === 0;
  const isQuestion = isWhole || isPointerTo(message, start + same, HEADER_SIZE + same);
  const length = isQuestion || !byLabels ? same : commonLabels(message, start, sent, (byte) => byte);
  if (isQuestion || byLabels) message.set(asked.subarray(0, length), start);
}

/** The number of bytes of the labels with which both names begin. */
function commonLabels(
  message: Uint8Array,
  start: number,
  sent: Uint8Array,
  form: (byte: number) => number,
): number {
  for (let length = 0; ; ) {
    const size = message[start + length]!;
    if (size === 0 || size >= 0xc0) return length;
    for (let i = 0; i <= size; i++) {
      const at = length + i;
      if (form(message[start + at]!) !== form(sent[HEADER_SIZE + at]!)) return length;
    }
    length += size + 1;
  }
}

function isPointerTo(message: Uint8Array, at: number, target: number): boolean {
  return message[at] === (0xc0 | (target >> 8)) && message[at + 1] === (target & 0xff);
}
