// What every resolver knows of the request that it serves.

import type { Services } from '../app/services.js';
import type { Address } from '../lib/ip.js';
import type { Locale } from '../schema/account/language.js';
import type { BrowserCookie } from '../services/sign-in/known-browsers.js';
import type { NewSession, Session } from '../services/sign-in/session.js';
import type { ReportingNode } from '../services/usage/vpn-nodes.js';

export interface Context {
  readonly services: Services;
  /** Null for an anonymous request. */
  readonly session: Session | null;
  /** The VPN node that asks; null where people do. */
  readonly node: ReportingNode | null;
  /** The session token that the request brought, valid or not. */
  readonly token: string | null;
  /** The address that the request comes from; null when it cannot be told. */
  readonly sourceAddress: Address | null;
  /** Whether the request proves that a factor was shown for this session minutes ago. */
  readonly hasFreshFactor: boolean;
  /** `Sec-GPC: 1` (Global Privacy Control): the person objects to whatever is optional. */
  readonly globalPrivacyControl: boolean;
  /** The language that the browser keeps; null when none was chosen. */
  readonly language: Locale | null;
  /**
   * Whether a browser keeps the session cookie of the answer: it refuses a SameSite=Lax cookie for a page of another site, and a
   * Secure one for a page that came over plain HTTP from another machine.
   */
  readonly keepsSessionCookie: boolean;
  /** The cookie that a known browser sends; null without one. Anything may stand in it. */
  readonly knownBrowser: string | null;
  /** The code of the marketing channel that the browser keeps; anything may stand in it. */
  readonly channelCode: string | null;
  /** Sets the session cookie in the answer; null deletes it. */
  setSessionCookie(session: NewSession | null): void;
  /** Null deletes it. */
  setKnownBrowserCookie(cookie: BrowserCookie | null): void;
  setLanguageCookie(locale: Locale): void;
  /** Only after consent to analytics cookies; null deletes it. */
  setChannelCookie(code: string | null): void;
}
