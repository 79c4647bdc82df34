// Closes connections that send far more bytes than their queries need. HTTP/2 frames without a request (WINDOW_UPDATE, PRIORITY,
// PING, SETTINGS, empty DATA, unknown ones) cost CPU time, and Node and nghttp2 limit only some of them.

/** A connection that is watched. */
export interface Watched {
  readonly bytesReceived: number;
  /** Bytes that its requests so far may need. */
  readonly bytesAllowed: number;
  onFlood(): void;
}

/** Node emits no event for such frames, so the received bytes are compared at this interval. */
const INTERVAL_MS = 100;

export class FloodWatch {
  private readonly watched = new Set<Watched>();
  private timer: NodeJS.Timeout | undefined;

  /** `end` is to be called when the connection has closed. */
  begin(connection: Watched): void {
    this.watched.add(connection);
    this.timer ??= setInterval(() => this.check(), INTERVAL_MS).unref();
  }

  end(connection: Watched): void {
    this.watched.delete(connection);
    if (this.watched.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private check(): void {
    for (const connection of this.watched) {
      if (connection.bytesReceived > connection.bytesAllowed) connection.onFlood();
    }
  }
}
