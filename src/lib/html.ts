// The frame of every HTML page of the product, and the escaping of what it shows.

export interface HtmlPage {
  /** BCP 47. */
  readonly lang: string;
  readonly title: string;
  /** Elements for the head, as HTML: before the styles, so that a policy in it applies to them. */
  readonly head?: string | undefined;
  /** CSS. */
  readonly style: string;
  /** CSS of the body element itself; for readers that drop style sheets, such as mail programs. */
  readonly bodyStyle?: string;
  /** As HTML. */
  readonly body: string;
}

export function htmlPage({ lang, title, head, style, bodyStyle, body }: HtmlPage): string {
  const more = head === undefined ? '' : `${head}\n`;
  const attribute = bodyStyle === undefined ? '' : ` style="${escaped(bodyStyle)}"`;
  return `<!doctype html>
<html lang="${escaped(lang)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${more}<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body${attribute}>
${body}
</body>
</html>
`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as HTML, for elements and quoted attributes. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}
