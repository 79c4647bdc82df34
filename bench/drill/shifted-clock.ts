// Loaded before a process of the product, with `?milliseconds=N`: its clock is wrong by so many. Only drills do this.
const milliseconds = Number(new URL(import.meta.url).searchParams.get('milliseconds'));
const RealDate = Date;

class ShiftedDate extends RealDate {
  constructor(...parts: []) {
    if (parts.length === 0) super(RealDate.now() + milliseconds);
    else super(...parts);
  }

  static override now(): number {
    return RealDate.now() + milliseconds;
  }
}

globalThis.Date = ShiftedDate as DateConstructor;
