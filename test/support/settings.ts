// The settings that a gateway needs beyond its stores, for tests that are not about them.

/** The secret of every test's gateway, so that tests can make tokens of their own. */
export const SECRET_KEY = Buffer.alloc(32, 7).toString('base64');

/** Nothing listens on the mail server's port: a test that reads mail starts a server of its own. */
export const GATEWAY_SETTINGS = {
  SECRET_KEY,
  SMTP_URL: 'smtp://127.0.0.1:1',
  MAIL_FROM: 'CyberSapceVPN <mail@cyberspacevpn.example>',
  CONTACT_EMAIL: 'privacy@cyberspacevpn.example',
  POSTAL_ADDRESS: 'CyberSapceVPN, 1 Example Street, 12345 Example',
  DPO_EMAIL: 'dpo@cyberspacevpn.example',
  PORTAL_URL: 'https://portal.cyberspacevpn.example',
};
