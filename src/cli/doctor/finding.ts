// The result of one check of `doctor`.

/** `todo`: what to do when the check fails. */
export interface Finding {
  readonly part: string;
  readonly ok: boolean;
  readonly text: string;
  readonly todo?: string;
}

export function unnamed(part: string, setting: string): Finding {
  return { part, ok: false, text: `${setting} is missing`, todo: 'set it, or run npm start in this folder' };
}
