/** Where a run reads its surroundings from and writes to; tests give their own. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly folder: string;
  readonly out: OutputStream;
  readonly err: OutputStream;
  /** Where a person types; opened only to ask. Default: nobody is there. */
  readonly openInput?: () => NodeJS.ReadableStream & { readonly isTTY?: boolean };
}

export interface OutputStream {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number;
}

/** A stream through which no secret passes. Progress bars and messages of other servers go through it too. */
export function maskedStream(stream: OutputStream, mask: (text: string) => string): OutputStream {
  return {
    write: (text) => stream.write(mask(text)),
    isTTY: stream.isTTY,
    get columns() {
      return stream.columns ?? 80;
    },
  };
}
