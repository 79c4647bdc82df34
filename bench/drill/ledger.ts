// What has been acknowledged: which address is listed, and which name an account has. A request that failed may have done its
// work or not, so both are right until the next one is acknowledged.

export class Ledger {
  /** Absent: it may be either. */
  private readonly listed = new Map<string, boolean>();
  private readonly names = new Map<string, ReadonlySet<string | null>>();
  private readonly given = new Set<string>();
  private contradictions = new Set<string>();

  /** Null: it may be either. */
  isListed(address: string): boolean | null {
    return this.listed.get(address) ?? null;
  }

  acknowledge(address: string, listed: boolean): void {
    if (!this.given.has(address)) this.listed.set(address, listed);
  }

  doubt(address: string): void {
    this.listed.delete(address);
  }

  /** A request about it went out, and nobody knows when it will be carried out, if ever: it is asked about no more. */
  giveUp(subject: string): void {
    this.given.add(subject);
    this.listed.delete(subject);
    this.names.delete(subject);
  }

  hasGivenUp(subject: string): boolean {
    return this.given.has(subject);
  }

  /** What somebody read: a contradiction to what was acknowledged counts as lost. */
  read(address: string, listed: boolean): void {
    const known = this.isListed(address);
    if (known !== null && known !== listed) this.contradictions.add(address);
  }

  acknowledgeName(account: string, name: string): void {
    if (!this.given.has(account)) this.names.set(account, new Set([name]));
  }

  doubtName(account: string, perhaps: string): void {
    this.names.set(account, new Set([...(this.names.get(account) ?? [null]), perhaps]));
  }

  readName(account: string, name: string | null): void {
    const known = this.names.get(account);
    if (known !== undefined && !known.has(name)) this.contradictions.add(account);
  }

  /** Every address whose state is known. */
  known(): [address: string, listed: boolean][] {
    return [...this.listed];
  }

  /** Compares with all that is stored: how many acknowledgements were lost since the last time. */
  lostIn(stored: {
    readonly listed: ReadonlySet<string>;
    readonly names: ReadonlyMap<string, string | null>;
  }): number {
    for (const [address] of this.listed) this.read(address, stored.listed.has(address));
    for (const [account, name] of stored.names) this.readName(account, name);
    const lost = this.contradictions.size;
    // The next fault begins with what is there.
    for (const address of this.contradictions) this.doubt(address);
    for (const account of this.contradictions) this.names.delete(account);
    this.contradictions = new Set();
    return lost;
  }
}
