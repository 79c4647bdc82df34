// Sends usage reports as a VPN node does, and returns the outcome of each without any of its data.

import { z } from 'zod';
import { RecordUsage } from '../../../client/generated/operations.js';
import { CommandError, CommandLineError } from '../errors.js';

const PATH = '/graphql/vpn-node';
const TIMEOUT_MS = 60_000;

const OUTCOMES: Readonly<Record<string, string>> = {
  COUNTED: 'counted',
  REPEATED: 'counted already',
  REPLACED: 'counted in place of an earlier one',
};

/** The response of a gateway; anything else at the URL is refused. */
const Answer = z.object({
  data: z
    .object({
      recordUsage: z.object({
        outcome: z.string().nullable(),
        userErrors: z.array(z.object({ field: z.string().nullable(), message: z.string() })),
      }),
    })
    .nullish(),
  errors: z.array(z.object({ message: z.string() })).optional(),
});
type Answer = z.infer<typeof Answer>;

export class ReportSender {
  private readonly url: URL;

  /** `gateway`: its URL. Throws CommandLineError unless it is https or on this machine, because the token must stay secret. */
  constructor(
    gateway: string,
    private readonly token: string,
  ) {
    const url = URL.canParse(gateway) ? new URL(gateway) : null;
    if (url === null || !isSafe(url))
      throw new CommandLineError('--to must be a URL with https, or with http to this machine');
    this.url = new URL(PATH, url);
  }

  /** `report`: a line of JSON. Returns its outcome in words. Throws CommandError when it was not counted. */
  async send(report: string): Promise<string> {
    const { data, errors } = await this.post(report);
    const { outcome = null, userErrors = [] } = data?.recordUsage ?? {};
    if (outcome !== null) return OUTCOMES[outcome] ?? outcome;
    const messages = userErrors.map(({ field, message }) =>
      field === null ? message : `${field}: ${message}`,
    );
    throw new CommandError(
      [
        ...messages,
        ...(errors ?? []).map(({ message }) => message),
        'the report was not counted, and the following ones were not sent',
      ].join('\n'),
    );
  }

  private async post(report: string): Promise<Answer> {
    let input: unknown;
    try {
      input = JSON.parse(report);
    } catch {
      throw new CommandError('a line is not JSON; create the reports with usage from-accounting');
    }
    try {
      const response = await fetch(this.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${this.token}` },
        body: JSON.stringify({ query: RecordUsage.text, variables: { input } }),
        redirect: 'error',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      return Answer.parse(await response.json());
    } catch {
      throw new CommandError('no valid response from the gateway; send the same file again later');
    }
  }
}

function isSafe({ protocol, hostname }: URL): boolean {
  return (
    protocol === 'https:' || (protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname))
  );
}
