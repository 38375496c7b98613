/** How the SDKs of Amazon and Azure are told of a signal, beside each request. */
export interface SdkAbort {
  readonly abortSignal?: AbortSignal;
}

export function abortBy(signal: AbortSignal | undefined): SdkAbort {
  return signal === undefined ? {} : { abortSignal: signal };
}
