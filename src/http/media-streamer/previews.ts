// Recognises requests for a link that nobody has opened: previews of messengers, crawlers, and browsers that load in advance.
import type { IncomingHttpHeaders } from 'node:http';

/** What browsers add when they load a page that nobody has asked for yet (Fetch, section 2.2.7, and older names of it). */
const PURPOSES = ['sec-purpose', 'purpose', 'x-purpose', 'x-moz'] as const;
const ADVANCE = /prefetch|prerender|preview|instant/i;

/**
 * Programs that open links out of messages, mails and pages. Most of them name themselves with one of the general words, those that
 * read a page for somebody with `-User/`. Cubot makes telephones.
 */
const PROGRAMS =
  /(?<!\bcu)bot(?:\b|[/_-])|-user\/|google-(?:read-aloud|inspectiontool)|meta-external|crawl|spider|preview|slurp|scanner|facebookexternalhit|facebookcatalog|whatsapp|skypeuri|snapchat|vkshare|embedly|mediapartners|google-safety|bingpreview|barracuda|proofpoint|mimecast|iframely|yandex|headlesschrome|lighthouse/i;

export function isPreview(headers: IncomingHttpHeaders): boolean {
  if (PURPOSES.some((name) => ADVANCE.test(String(headers[name] ?? '')))) return true;
  return PROGRAMS.test(headers['user-agent'] ?? '');
}
