import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { reasonOf, WheelhouseError } from '../model/errors.ts';
import type { Environment } from './proxies.ts';

/** A list of authorities replaces the usual ones, and those of Node's own variable: they are all named again. Throws `CONFIG`. */
export function trustedWith(caFile: string, environment: Environment): string[] {
  const extra = environment['NODE_EXTRA_CA_CERTS'] ?? '';
  const files = [caFile, ...(extra === '' ? [] : [extra])];
  return [...rootCertificates, ...files.map((path) => readPem(path, 'the certificate authorities'))];
}

/** Throws `CONFIG` when there is no certificate. */
export function readPem(path: string, what: string): string {
  try {
    const pem = readFileSync(path, 'utf8');
    new X509Certificate(pem); // throws if there is none
    return pem;
  } catch (thrown) {
    throw new WheelhouseError('CONFIG', `cannot read ${what}: ${reasonOf(thrown)}`, {
      hint: 'give the path of a PEM file',
      cause: thrown,
    });
  }
}
