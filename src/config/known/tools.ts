// The settings of `npm start` and of the command line that no server process reads.
import type { KnownSettings } from './known-setting.js';

export const START = {
  MAILBOX_PORT: {
    default: '`4002`',
    example: '0',
    description: 'Port of the page that shows caught mail, without `SMTP_URL`; 0 takes a free one.',
  },
  MAILBOX_SMTP_PORT: {
    default: '`4025`',
    example: '0',
    description: 'Port at which mail is caught, without `SMTP_URL`; 0 takes a free one.',
  },
} as const satisfies KnownSettings;

export const COMMAND_LINE = {
  VPN_NODE_TOKEN: {
    default: 'none',
    example: 'the output of `node add`',
    description: 'The node token that `usage send` uses.',
  },
} as const satisfies KnownSettings;
