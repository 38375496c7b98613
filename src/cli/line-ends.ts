/** What holds the settings and secrets of this tool, of twine, of stores and of CI jobs. */
const variables = /^(?:WHEELHOUSE_UPLOADER|TWINE|AWS|AZURE|OS|ST|BUILDKITE)_|_TOKEN$/;

/** Without the line breaks at its end: what is pasted, or comes out of a file, brings them along. */
export function withoutLineEnd(text: string): string {
  return text.replace(/[\r\n]+$/, '');
}

/**
 * Takes the line breaks off the ends of secrets and settings in the environment: with them no registry and no store knows
 * them. It is changed in place, because the SDKs of stores read it by themselves.
 */
export function trimLineEnds(environment: Record<string, string | undefined>): void {
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined || !variables.test(name)) continue;
    const trimmed = withoutLineEnd(value);
    if (trimmed !== value) environment[name] = trimmed;
  }
}
