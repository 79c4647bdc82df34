// Whether a store or server that this process depends on can be used. The log states once that it is lost and once that it is back,
// however many connections and requests notice.
import { errorFields, type Logger } from './log.js';

export type DependencyPart = 'postgres' | 'redis' | 'redis-ephemeral' | 'smtp';

/** Called with the state at start and at each change. */
export type ObserveDependency = (part: DependencyPart, up: boolean) => void;

export class Dependency {
  private isUp = true;

  constructor(
    private readonly part: DependencyPart,
    private readonly log: Logger,
    private readonly observe: ObserveDependency,
  ) {
    observe(part, true);
  }

  /** `cause`: an error, or undefined when there is none. */
  lost(cause: unknown): void {
    if (!this.isUp) return;
    this.isUp = false;
    this.observe(this.part, false);
    this.log.warn('dependency.lost', { part: this.part, ...(cause !== undefined && errorFields(cause)) });
  }

  back(): void {
    if (this.isUp) return;
    this.isUp = true;
    this.observe(this.part, true);
    this.log.info('dependency.back', { part: this.part });
  }
}
