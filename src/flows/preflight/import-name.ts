/** What is wrong with a value of Import-Name or Import-Namespace (PEP 794); undefined where nothing is. */
export function importNameFlaw(text: string): string | undefined {
  const semicolon = text.indexOf(';');
  const name = semicolon === -1 ? text : text.slice(0, semicolon);
  for (const part of name.trimEnd().split('.')) {
    if (!/^[\p{XID_Start}_]\p{XID_Continue}*$/u.test(part)) return `“${part}” is no identifier of Python`;
    if (keywords.has(part)) return `${part} is a keyword of Python`;
  }
  if (semicolon === -1 || text.slice(semicolon + 1).trim() === 'private') return undefined;
  return 'nothing but “private” may stand after the semicolon';
}

const keywords: ReadonlySet<string> = new Set(
  (
    'False None True and as assert async await break class continue def del elif else except finally for from global ' +
    'if import in is lambda nonlocal not or pass raise return try while with yield'
  ).split(' '),
);
