// Values with their places in a file, and the errors of values that a file has twice.

export interface Placed {
  /** Such as `services[3].domains[1]`. */
  readonly place: string;
  readonly value: string;
}

export function placed(values: readonly string[], list: string): Placed[] {
  return values.map((value, index) => ({ place: `${list}[${index}]`, value }));
}

/** Errors of values that occur earlier in the list. */
export function repeated(list: readonly Placed[]): string[] {
  const first = new Map<string, string>();
  return list.flatMap(({ place, value }) => {
    const before = first.get(value);
    if (before === undefined) first.set(value, place);
    return before === undefined ? [] : [`${place}: "${value}" is already at ${before}`];
  });
}
