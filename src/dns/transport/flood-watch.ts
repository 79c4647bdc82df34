// Connections on which far more comes than questions need. Frames of HTTP/2 that ask for nothing (WINDOW_UPDATE, PRIORITY, PING,
// SETTINGS, empty DATA, unknown ones) take time, and Node and nghttp2 bound only some of them.

/** A connection, as far as it is watched. */
export interface Watched {
  readonly bytesReceived: number;
  /** What so many questions may need. */
  readonly bytesAllowed: number;
  onFlood(): void;
}

/** No event says that such frames come, so the bytes are looked at from time to time. */
const INTERVAL_MS = 100;

export class FloodWatch {
  private readonly watched = new Set<Watched>();
  private timer: NodeJS.Timeout | undefined;

  /** `end` is to be called when the connection has closed. */
  begin(connection: Watched): void {
    this.watched.add(connection);
    this.timer ??= setInterval(() => this.look(), INTERVAL_MS).unref();
  }

  end(connection: Watched): void {
    this.watched.delete(connection);
    if (this.watched.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private look(): void {
    for (const connection of this.watched) {
      if (connection.bytesReceived > connection.bytesAllowed) connection.onFlood();
    }
  }
}
