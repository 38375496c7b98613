import { createPrivateKey, randomBytes, sign, type KeyObject } from 'node:crypto';

// Just enough of DER (X.690) and X.509 (RFC 5280) to issue certificates: Node reads them, but does not make them.

const tlv = (tag: number, ...contents: readonly Buffer[]): Buffer => {
  const content = Buffer.concat(contents);
  const size = content.length;
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
};
const sequence = (...contents: readonly Buffer[]) => tlv(0x30, ...contents);
const utf8 = (text: string) => tlv(0x0c, Buffer.from(text));
const octets = (content: Buffer) => tlv(0x04, content);
const bits = (content: Buffer) => tlv(0x03, Buffer.from([0]), content);

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc & 0x7f];
    for (let left = arc >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return tlv(0x06, Buffer.from(bytes));
}

const utcTime = (ms: number) =>
  tlv(0x17, Buffer.from(`${new Date(ms).toISOString().slice(2, 19).replace(/[-:T]/g, '')}Z`));
const name = (common: string) => sequence(tlv(0x31, sequence(oid('2.5.4.3'), utf8(common))));
const extension = (id: string, value: Buffer, critical = false) =>
  sequence(oid(id), ...(critical ? [tlv(0x01, Buffer.from([0xff]))] : []), octets(value));

const ecdsaWithSha256 = sequence(oid('1.2.840.10045.4.3.2'));

export interface CertificateRequest {
  readonly publicKey: KeyObject;
  readonly issuer: string;
  readonly issuerKey: KeyObject;
  /** Empty for one of Fulcio's. */
  readonly subject?: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** The one alternative name, a URI. */
  readonly uri?: string;
  /** UTF-8 texts by their object identifier. */
  readonly texts?: Readonly<Record<string, string>>;
}

/** Issues a certificate for a P-256 key; DER. */
export function issueCertificate(request: CertificateRequest): Buffer {
  const { publicKey, issuer, issuerKey, subject, fromMs, toMs, uri, texts = {} } = request;
  const extensions = [
    ...(subject === undefined
      ? []
      : [extension('2.5.29.19', sequence(tlv(0x01, Buffer.from([0xff]))), true)]),
    ...(uri === undefined ? [] : [extension('2.5.29.17', sequence(tlv(0x86, Buffer.from(uri))), true)]),
    ...Object.entries(texts).map(([id, text]) => extension(id, utf8(text))),
  ];
  const signed = sequence(
    tlv(0xa0, tlv(0x02, Buffer.from([2]))),
    tlv(0x02, Buffer.concat([Buffer.from([0x40]), randomBytes(15)])),
    ecdsaWithSha256,
    name(issuer),
    sequence(utcTime(fromMs), utcTime(toMs)),
    subject === undefined ? sequence() : name(subject),
    publicKey.export({ format: 'der', type: 'spki' }),
    tlv(0xa3, sequence(...extensions)),
  );
  const signature = sign(
    'sha256',
    signed,
    createPrivateKey(issuerKey.export({ format: 'pem', type: 'pkcs8' })),
  );
  return sequence(signed, ecdsaWithSha256, bits(signature));
}

export function toPem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
