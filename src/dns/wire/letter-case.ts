// The letters of a question are sent upstream in random case (0x20); what comes back is given the asker's case again.
import { lowerByte } from './name.js';
import { HEADER_SIZE } from './wire.js';

/** The name of a question, as it was sent and as it was asked. */
export interface AskedName {
  /** An answer to the question, in which the question stands as it was sent. */
  readonly sent: Uint8Array;
  /** Name, type and class as they were asked. */
  readonly asked: Uint8Array;
}

/**
 * Writes the asker's case over the name that stands at `start` of `message`, when it is the question's name; with
 * `byLabels` also over its first labels when they are those that were sent, which a DNAME carries into its target (RFC 6672
 * section 2.3). What a pointer leads to is another name's, or the question itself.
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
