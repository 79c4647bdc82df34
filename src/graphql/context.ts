// What a resolver can read of the request, and which cookies it can set.

import type { Address } from '../lib/ip.js';
import type { Locale } from '../lib/locale.js';
import type { Services } from '../services/services.js';
import type { BrowserCookie } from '../services/sign-in/known-browsers.js';
import type { NewSession, Session } from '../services/sign-in/session.js';
import type { ReportingNode } from '../services/usage/vpn-nodes.js';

export interface Context {
  readonly services: Services;
  /** Null for an anonymous request. */
  readonly session: Session | null;
  /** The VPN node that sends the request. Null for requests of people. */
  readonly node: ReportingNode | null;
  /** The session token of the request, valid or not. */
  readonly token: string | null;
  /** Null when it cannot be determined. */
  readonly sourceAddress: Address | null;
  /** Whether the request has a valid step-up token: a factor was shown for this session minutes ago. */
  readonly hasFreshFactor: boolean;
  /** `Sec-GPC: 1` (Global Privacy Control): the person objects to all optional processing. */
  readonly globalPrivacyControl: boolean;
  /** From the language cookie. Null when no language was chosen. */
  readonly language: Locale | null;
  /**
   * Whether a browser keeps the session cookie of the response. It refuses a SameSite=Lax cookie for a page of another site, and a
   * Secure one for a page over plain HTTP from another machine.
   */
  readonly keepsSessionCookie: boolean;
  /** The known-browser cookie, whose value has not been checked. */
  readonly knownBrowser: string | null;
  /** The channel cookie, whose value has not been checked. */
  readonly channelCode: string | null;
  /** Null deletes it. */
  setSessionCookie(session: NewSession | null): void;
  /** Null deletes it. */
  setKnownBrowserCookie(cookie: BrowserCookie | null): void;
  setLanguageCookie(locale: Locale): void;
  /** Call this only after consent to analytics cookies. Null deletes it. */
  setChannelCookie(code: string | null): void;
}
