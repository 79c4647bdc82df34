// Handles SIGHUP from the first moment on: its default action would end a process without a handler. Each server program imports
// this file first, and everything else by `import()`, because static imports would all be loaded before it.

let listener: (() => void) | undefined;
let early = false;

process.on('SIGHUP', () => {
  if (listener === undefined) early = true;
  else listener();
});

/** Calls `reload` at each SIGHUP, and at once when one has already arrived. */
export function onReloadSignal(reload: () => void): void {
  listener = reload;
  if (early) reload();
}
