// The names by which devices look for the internet over plain HTTP, and show a sign-in page when something else answers.

/** Apple, Android, Windows, Nintendo and Firefox, in this order. */
export const CONNECTIVITY_CHECKS: readonly string[] = [
  'captive.apple.com',
  'connectivitycheck.gstatic.com',
  'www.msftconnecttest.com',
  'conntest.nintendowifi.net',
  'detectportal.firefox.com',
];
