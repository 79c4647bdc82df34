// What the reference shows of a setting.

export interface KnownSetting {
  /** Markdown: what applies without the setting. A literal default is in backquotes. */
  readonly default: string;
  /** A value that the setting can have. */
  readonly example: string;
  /** Markdown: what the setting does, with its unit and its bounds. */
  readonly description: string;
}

export type KnownSettings = Readonly<Record<string, KnownSetting>>;
