import { listedCommands } from './command-list.ts';

const options = [
  ['-V, --version', 'print the version'],
  ['-h, --help', 'print this; COMMAND --help tells all about a command'],
] as const;

const epilogue = `A CONTAINER is a folder (./wheelhouse) or the URL of a store (s3://bucket/prefix, swift://, azure://, gs://, ...).
An INDEX is the URL or path of any page with links, or a container.

Examples:
  wheelhouse upload ./wheelhouse
  wheelhouse fetch myproject --version 1.2.0 https://wheels.example.org/
  wheelhouse publish --repository testpypi
`;

/** What `--help` prints. Written here and not by the parser, so that it is there before the parser is loaded. */
export function helpText(): string {
  const commands = listedCommands.map(({ synopsis, alias, description }) => {
    const [name = '', ...rest] = synopsis.split(' ');
    const term = [alias === undefined ? name : `${name}|${alias}`, ...rest].join(' ');
    return [term, description] as const;
  });
  const width = Math.max(...[...options, ...commands].map(([term]) => term.length));
  const table = (rows: readonly (readonly [string, string])[]) =>
    rows.map(([term, description]) => `  ${term.padEnd(width)}  ${fold(description, width + 4)}\n`).join('');
  return [
    'Usage: wheelhouse-uploader [options] [command]\n',
    'Uploads wheels and sdists to a wheelhouse, fetches a release from several, and publishes it.\n',
    `Options:\n${table(options)}`,
    `Commands:\n${table(commands)}`,
    epilogue,
  ].join('\n');
}

const columns = 100;

/** Breaks a description into lines that fit beside its term. */
function fold(text: string, indent: number): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && indent + line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].join(`\n${' '.repeat(indent)}`);
}
