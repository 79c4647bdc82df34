// SIGHUP from the first moment on: its default action would end a process that has no handler yet. Each server program
// imports this before it loads anything else, and everything else by `import()`: static imports would all be loaded first.

let listener: (() => void) | undefined;
let early = false;

process.on('SIGHUP', () => {
  if (listener === undefined) early = true;
  else listener();
});

/** Calls `reload` at each SIGHUP, and at once when one has come already. */
export function onReloadSignal(reload: () => void): void {
  listener = reload;
  if (early) reload();
}
