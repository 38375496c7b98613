import { reasonOf, type ErrorDetails } from '../model/errors.ts';

/** What is wrong with TLS, or with its absence. */
export interface TlsFault {
  readonly message: string;
  readonly details: ErrorDetails;
}

const trustHint =
  'name the authority that signed it in NODE_EXTRA_CA_CERTS; --no-ssl-check gives up all protection';
const plainHint = 'write http:// if that is meant, in the URL or in the proxy that HTTPS_PROXY names';
const versionHint = 'see whether the server, or a proxy on the way, is set up for TLS 1.2 or later';

/** How OpenSSL says that what came is no TLS at all. */
const isNoTls = /wrong version number|packet length too long|http request/;
/** What the other side will say again. */
const isRefusal =
  /handshake failure|protocol version|unsupported protocol|unrecognized name|certificate required|unknown ca|bad certificate|insufficient security/;

/**
 * What a fault of a connection says of TLS: OpenSSL and the parser of HTTP tell it in words for those who write them.
 * undefined for a fault of another kind.
 */
export function findTlsFault(thrown: unknown, code: string, host: string): TlsFault | undefined {
  if (isCertificateFault(code))
    return {
      message: `the certificate of ${host} cannot be trusted: ${reasonOf(thrown)}`,
      details: { hint: trustHint, final: true },
    };
  if (isTlsAlert(thrown))
    return {
      message: `no answer from ${host}: it speaks TLS, and was asked in plain HTTP`,
      details: { hint: 'write https:// in the URL', final: true },
    };
  const reason = openSslReason(thrown);
  if (reason === undefined) return undefined;
  if (isNoTls.test(reason))
    return {
      message: `no answer from ${host}: what is there does not speak TLS`,
      details: { hint: plainHint, final: true },
    };
  return {
    message: `no answer from ${host}: TLS failed: ${reason}`,
    details: { hint: versionHint, final: isRefusal.test(reason) },
  };
}

/**
 * What to try after a bare 400 to a plain request: so nginx, Apache and Go's servers answer those who should have spoken
 * TLS, and most say why only in a body of their own.
 */
export function plainHttpHint(status: number | undefined, url: URL | undefined): string | undefined {
  const mayWantTls = status === 400 && url?.protocol === 'http:';
  return mayWantTls ? 'the URL may have to begin with https://' : undefined;
}

/** The middle of `write EPROTO 80…:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../deps/…`. */
function openSslReason(thrown: unknown): string | undefined {
  return thrown instanceof Error ? /:SSL routines:[^:]*:([^:]+)/.exec(thrown.message)?.[1] : undefined;
}

/** Whether what came instead of an answer is an alert of TLS: content type 21, version 3.x (RFC 8446, 5.1). */
function isTlsAlert(thrown: unknown): boolean {
  // undici's parser and Node's have different names for the bytes that they could not read.
  const { data, rawPacket } = (thrown ?? {}) as { data?: unknown; rawPacket?: unknown };
  const bytes = typeof data === 'string' ? Buffer.from(data, 'latin1') : rawPacket;
  return Buffer.isBuffer(bytes) && bytes[0] === 21 && bytes[1] === 3;
}

function isCertificateFault(code: string): boolean {
  return /^(?:CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS_CERT|HOSTNAME_MISMATCH|INVALID_CA|UND_ERR_PRX_TLS)/.test(
    code,
  );
}
