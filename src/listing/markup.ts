const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '\r': '&#13;',
  '\n': '&#10;',
};

/** `text` as it stands in an element or in a quoted attribute. */
export function escapeHtml(text: string): string {
  return /[&<>"'\r\n]/.test(text)
    ? text.replace(/[&<>"'\r\n]/g, (character) => escapes[character] ?? '')
    : text;
}

/** The text that {@link escapeHtml} wrote. */
export function unescapeHtml(markup: string): string {
  return markup.replace(/&(?:amp|lt|gt|quot|#39|#13|#10);/g, (escape) => characters[escape] ?? escape);
}

const characters: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(escapes).map(([character, escape]) => [escape, character]),
);

/** ` name="value"`, or nothing where there is no value. */
export function attribute(name: string, value: string | undefined): string {
  return value === undefined ? '' : ` ${name}="${escapeHtml(value)}"`;
}
