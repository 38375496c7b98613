import { createHash, createPublicKey, generateKeyPairSync, sign, verify, X509Certificate } from 'node:crypto';
import { issueCertificate, toPem } from './certificate.ts';
import { listen, readBody, type RunningServer } from './listen.ts';

export interface SigstoreServerOptions {
  /** Checks an identity token as its issuer would, and gives its claims. */
  readonly claimsOf: (token: string) => Readonly<Record<string, unknown>> | undefined;
  /** Default: now. */
  readonly nowMs?: () => number;
}

export interface SigstoreFault {
  readonly at: 'fulcio' | 'rekor';
  /** 0 closes the connection without a word, -1 leaves it open without one. */
  readonly status: number;
  readonly body?: string;
}

export interface SigstoreServer extends RunningServer {
  /** Of both, in the environment of a run. */
  readonly environment: Readonly<Record<string, string>>;
  readonly faults: SigstoreFault[];
  /** Every request, as `fulcio 201`. */
  readonly log: string[];
  /** Called with every request, before it is answered. */
  onRequest?: (at: SigstoreFault['at']) => void;
  /** Why an attestation would not pass; undefined when it does. */
  judge(
    attestation: string,
    file: { readonly filename: string; readonly sha256: string },
  ): string | undefined;
}

interface Entry {
  readonly integratedTime: string;
  readonly canonicalizedBody: string;
  readonly logIndex: string;
  readonly logId: { readonly keyId: string };
  readonly inclusionPromise: { readonly signedEntryTimestamp: string };
}

interface Attestation {
  readonly version: number;
  readonly verification_material: {
    readonly certificate: string;
    readonly transparency_entries: readonly Entry[];
  };
  readonly envelope: { readonly statement: string; readonly signature: string };
}

interface Envelope {
  readonly payloadType: string;
  readonly payload: string;
  readonly signatures: readonly { readonly sig: string }[];
}

const sha256 = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest();
const mediaType = 'application/vnd.in-toto+json';
const preAuthEncoding = (type: string, payload: Buffer) =>
  Buffer.concat([Buffer.from(`DSSEv1 ${type.length} ${type} ${payload.length} `), payload]);
/** RFC 8785 for what is in an entry: sorted keys, no spaces. */
const canonical = (value: Readonly<Record<string, unknown>>) =>
  JSON.stringify(Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))));

/** RFC 6962: the hash of a Merkle tree, and the path from a leaf to it. */
const split = (size: number) => 2 ** Math.floor(Math.log2(size - 1));
const inner = (left: Buffer, right: Buffer) => sha256(Buffer.concat([Buffer.from([1]), left, right]));
function treeHash(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 1) return sha256(Buffer.concat([Buffer.from([0]), leaves[0] ?? Buffer.alloc(0)]));
  const at = split(leaves.length);
  return inner(treeHash(leaves.slice(0, at)), treeHash(leaves.slice(at)));
}
function treePath(leaves: readonly Buffer[], index: number): Buffer[] {
  if (leaves.length === 1) return [];
  const at = split(leaves.length);
  return index < at
    ? [...treePath(leaves.slice(0, at), index), treeHash(leaves.slice(at))]
    : [...treePath(leaves.slice(at), index - at), treeHash(leaves.slice(0, at))];
}

/**
 * Fulcio and Rekor in one. It holds to fulcio/docs/certificate-specification.md (identity for the audience `sigstore`,
 * proof of possession over its subject, ten minutes, the job as URI) and to rekor's openapi.yaml and types/dsse (the
 * signature must be that of the certificate; a promise and an inclusion proof come back).
 */
export async function startSigstoreServer(options: SigstoreServerOptions): Promise<SigstoreServer> {
  const { claimsOf, nowMs = Date.now } = options;
  const authority = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const logKey = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const logId = sha256(logKey.publicKey.export({ format: 'der', type: 'spki' }));
  const issuer = 'sigstore-test';
  const root = issueCertificate({
    publicKey: authority.publicKey,
    issuerKey: authority.privateKey,
    issuer,
    subject: issuer,
    fromMs: nowMs() - 86_400_000,
    toMs: nowMs() + 86_400_000,
  });
  // Nobody's entry is the first of a log; and protobuf's JSON leaves an index of 0 out.
  const leaves = [Buffer.from('the first entry')];
  const faults: SigstoreFault[] = [];
  const log: string[] = [];

  const certify = (body: string): readonly [status: number, said: object] => {
    const { credentials, publicKeyRequest } = JSON.parse(body) as {
      credentials: { oidcIdentityToken: string };
      publicKeyRequest: { publicKey: { content: string }; proofOfPossession: string };
    };
    const claims = claimsOf(credentials.oidcIdentityToken);
    if (claims?.['aud'] !== 'sigstore' || Number(claims['exp']) * 1000 <= nowMs())
      return [401, { code: 16, message: 'There was an error processing the identity token' }];
    const publicKey = createPublicKey(publicKeyRequest.publicKey.content);
    const proof = Buffer.from(publicKeyRequest.proofOfPossession, 'base64');
    if (!verify('sha256', Buffer.from(String(claims['sub'])), publicKey, proof))
      return [400, { code: 3, message: 'The signature supplied in the request could not be verified' }];
    const leaf = issueCertificate({
      publicKey,
      issuer,
      issuerKey: authority.privateKey,
      fromMs: nowMs() - 1000,
      toMs: nowMs() + 600_000,
      uri: `https://github.com/${String(claims['job_workflow_ref'])}`,
      texts: { '1.3.6.1.4.1.57264.1.8': String(claims['iss']) },
    });
    return [201, { signedCertificateEmbeddedSct: { chain: { certificates: [toPem(leaf), toPem(root)] } } }];
  };

  const promiseOf = (body: string, integratedTime: number, logIndex: number) =>
    Buffer.from(canonical({ body, integratedTime, logID: logId.toString('hex'), logIndex }));

  const enter = (body: string): readonly [status: number, said: object] => {
    const { kind, apiVersion, spec } = JSON.parse(body) as {
      kind: string;
      apiVersion: string;
      spec: { proposedContent: { envelope: string; verifiers: [string] } };
    };
    const envelope = JSON.parse(spec.proposedContent.envelope) as Envelope;
    const [verifier] = spec.proposedContent.verifiers;
    const { publicKey } = new X509Certificate(Buffer.from(verifier, 'base64'));
    const payload = Buffer.from(envelope.payload, 'base64');
    const signature = envelope.signatures[0]?.sig ?? '';
    const signed = preAuthEncoding(envelope.payloadType, payload);
    if (kind !== 'dsse' || !verify('sha256', signed, publicKey, Buffer.from(signature, 'base64')))
      return [400, { code: 400, message: 'error processing entry: signature does not match' }];
    const hash = (bytes: Buffer | string) => ({ algorithm: 'sha256', value: sha256(bytes).toString('hex') });
    const entry = {
      apiVersion,
      kind,
      spec: {
        envelopeHash: hash(spec.proposedContent.envelope),
        payloadHash: hash(payload),
        signatures: [{ signature, verifier }],
      },
    };
    const leaf = Buffer.from(JSON.stringify(entry));
    const logIndex = leaves.push(leaf) - 1;
    const integratedTime = Math.floor(nowMs() / 1000);
    const encoded = leaf.toString('base64');
    const rootHash = treeHash(leaves);
    const note = `rekor.test - 1\n${leaves.length}\n${rootHash.toString('base64')}\n`;
    const noteSignature = Buffer.concat([
      logId.subarray(0, 4),
      sign('sha256', Buffer.from(note), logKey.privateKey),
    ]);
    const uuid = `${'0'.repeat(16)}${treeHash([leaf]).toString('hex')}`;
    return [
      201,
      {
        [uuid]: {
          body: encoded,
          integratedTime,
          logID: logId.toString('hex'),
          logIndex,
          verification: {
            signedEntryTimestamp: sign(
              'sha256',
              promiseOf(encoded, integratedTime, logIndex),
              logKey.privateKey,
            ).toString('base64'),
            inclusionProof: {
              logIndex,
              treeSize: leaves.length,
              rootHash: rootHash.toString('hex'),
              hashes: treePath(leaves, logIndex).map((one) => one.toString('hex')),
              checkpoint: `${note}\n— rekor.test ${noteSignature.toString('base64')}\n`,
            },
          },
        },
      },
    ];
  };

  const server = await listen(async (request, response) => {
    const body = (await readBody(request)).toString();
    const at = request.url === '/api/v2/signingCert' ? 'fulcio' : 'rekor';
    if (request.method !== 'POST' || (at === 'rekor' && request.url !== '/api/v1/log/entries'))
      return void response.writeHead(404).end();
    const fault = faults.find((one) => one.at === at);
    under.onRequest?.(at);
    if (fault !== undefined) faults.splice(faults.indexOf(fault), 1);
    if (fault !== undefined && fault.status <= 0) {
      log.push(`${at} ${fault.status}`);
      if (fault.status === 0) request.socket.destroy();
      return;
    }
    const [status, said] =
      fault !== undefined
        ? [fault.status, { message: fault.body ?? 'no' }]
        : at === 'fulcio'
          ? certify(body)
          : enter(body);
    log.push(`${at} ${status}`);
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(said));
  });

  /** In the order of pypi_attestations, Attestation.verify(), and sigstore's verification below it. */
  const judge: SigstoreServer['judge'] = (text, file) => {
    const { version, verification_material: material, envelope } = JSON.parse(text) as Attestation;
    const [entry, ...more] = material.transparency_entries;
    if (version !== 1 || entry === undefined || more.length > 0) return 'not version 1 with one entry';
    const certificate = new X509Certificate(Buffer.from(material.certificate, 'base64'));
    if (!certificate.verify(authority.publicKey)) return 'the certificate is not ours';
    const payload = Buffer.from(envelope.statement, 'base64');
    const signature = Buffer.from(envelope.signature, 'base64');
    if (!verify('sha256', preAuthEncoding(mediaType, payload), certificate.publicKey, signature))
      return 'the signature is wrong';
    const promised = promiseOf(entry.canonicalizedBody, Number(entry.integratedTime), Number(entry.logIndex));
    const promise = Buffer.from(entry.inclusionPromise.signedEntryTimestamp, 'base64');
    if (
      entry.logId.keyId !== logId.toString('base64') ||
      !verify('sha256', promised, logKey.publicKey, promise)
    )
      return 'the entry is not in the log';
    const body = JSON.parse(Buffer.from(entry.canonicalizedBody, 'base64').toString()) as {
      spec: { payloadHash: { value: string }; signatures: { signature: string }[] };
    };
    if (
      body.spec.payloadHash.value !== sha256(payload).toString('hex') ||
      body.spec.signatures[0]?.signature !== envelope.signature
    )
      return 'the entry is of another signature';
    const statement: unknown = JSON.parse(payload.toString());
    const expected = {
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name: file.filename, digest: { sha256: file.sha256 } }],
      predicateType: 'https://docs.pypi.org/attestations/publish/v1',
      predicate: null,
    };
    return JSON.stringify(statement) === JSON.stringify(expected) ? undefined : 'the statement is another';
  };

  const under: SigstoreServer = {
    ...server,
    environment: {
      WHEELHOUSE_UPLOADER_FULCIO_URL: server.origin,
      WHEELHOUSE_UPLOADER_REKOR_URL: server.origin,
    },
    faults,
    log,
    judge,
  };
  return under;
}
