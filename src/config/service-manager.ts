// Where a service manager listens for reports of its services: sd_notify(3).

/** The path of a UNIX socket, `@` before an abstract one; null without a service manager. */
export function notifySocket(env: Readonly<Record<string, string | undefined>> = process.env): string | null {
  return env.NOTIFY_SOCKET || null;
}
