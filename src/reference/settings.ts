// docs/reference/settings.md: every setting, from the table that the code goes by.
import { SETTING_GROUPS } from '../config/known-settings.js';
import { code, table } from './markdown.js';

export function settingsPage(): string {
  const groups = SETTING_GROUPS.map(({ title, settings }) => {
    const rows = Object.entries(settings).map(([name, setting]) => [
      code(name),
      setting.description,
      setting.default,
      setting.example.startsWith('the output') ? setting.example : code(setting.example),
    ]);
    return `## ${title}\n\n${table(['setting', 'meaning', 'default', 'example'], rows)}\n`;
  });
  return `# Settings

Settings are environment variables. They are validated when a process starts, and all errors are reported together. An unknown
name that resembles a setting, such as \`GATEWAY_PROT\`, is also an error.

In a URL, the characters \`#\`, \`/\`, \`?\`, \`@\` and \`%\` of a user or a password are written as \`%23\`, \`%2F\`, \`%3F\`, \`%40\` and
\`%25\`. The items of a list are separated by commas. A boolean is \`true\` or \`false\`.

\`npm start\` passes to each process only what it reads. The command line reads the same settings. When they name no store, it uses
those of the \`npm start\` that runs in the same folder.

${groups.join('\n')}`;
}
