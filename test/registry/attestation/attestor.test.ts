import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { WheelhouseError } from '../../../src/model/errors.ts';
import type { WheelhouseEvent } from '../../../src/model/events.ts';
import { openAttestor } from '../../../src/registry/attestation/attestor.ts';
import { sigstoreSigner } from '../../../src/registry/attestation/sigstore-signer.ts';
import { findIdentityProvider } from '../../../src/registry/identity/identity-token.ts';
import type { PublishableArtifact } from '../../../src/registry/target.ts';
import { makeFolder, makeWheel } from '../../make-distribution.ts';
import { startOidcServer, type OidcServer } from '../../servers/oidc-server.ts';
import {
  startSigstoreServer,
  type SigstoreFault,
  type SigstoreServer,
} from '../../servers/sigstore-server.ts';
import { publishable } from '../artifacts.ts';

const wheel = makeWheel({ project: 'tiny', version: '1.0' });
const keptName = `${wheel.filename}.publish.attestation`;

interface Scene {
  readonly oidc: OidcServer;
  readonly sigstore: SigstoreServer;
  readonly folder: string;
  readonly artifact: PublishableArtifact;
  readonly events: WheelhouseEvent[];
  readonly guarded: string[];
  attest(env?: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<string>;
  [Symbol.asyncDispose](): Promise<void>;
}

async function open(): Promise<Scene> {
  const oidc = await startOidcServer();
  const sigstore = await startSigstoreServer({ claimsOf: oidc.claimsOf, nowMs: oidc.nowMs });
  const folder = await makeFolder([wheel]);
  const artifact = await publishable(wheel, folder.path);
  const events: WheelhouseEvent[] = [];
  const guarded: string[] = [];
  const attest = async (env = oidc.githubJob, signal?: AbortSignal) => {
    const provider = findIdentityProvider(env);
    if (provider === undefined) throw new Error('no CI system');
    return await openAttestor({
      provider,
      sign: sigstoreSigner({ fulcioUrl: sigstore.origin, rekorUrl: sigstore.origin }),
      onSecret: (secret) => guarded.push(secret.reveal()),
      onEvent: (event) => events.push(event),
      retries: { attempts: 3, baseDelayMs: 1 },
    }).attest(artifact, signal);
  };
  const close = async () => {
    await folder[Symbol.asyncDispose]();
    await sigstore[Symbol.asyncDispose]();
    await oidc[Symbol.asyncDispose]();
  };
  return {
    oidc,
    sigstore,
    folder: folder.path,
    artifact,
    events,
    guarded,
    attest,
    [Symbol.asyncDispose]: close,
  };
}

const thrownBy = async (work: Promise<unknown>): Promise<WheelhouseError> => {
  const thrown: unknown = await work.catch((error: unknown) => error);
  if (!(thrown instanceof WheelhouseError)) throw new Error(`no WheelhouseError: ${String(thrown)}`);
  return thrown;
};

describe('an attestation', () => {
  it('passes the checks of the registry, and lies beside its artifact', async () => {
    await using scene = await open();
    const text = await scene.attest();
    expect(scene.sigstore.judge(text, wheel)).toBeUndefined();
    expect(await readFile(join(scene.folder, keptName), 'utf8')).toBe(text);
    expect((await readdir(scene.folder)).sort()).toEqual([wheel.filename, keptName]);
    expect(scene.sigstore.log).toEqual(['fulcio 201', 'rekor 201']);
    const identity = scene.oidc.secrets.find((secret) => secret.includes('.'));
    expect(scene.guarded).toEqual([identity]);
    expect(scene.oidc.claimsOf(identity ?? '')?.aud).toBe('sigstore');
  });

  it('is used again by the next run of the same workflow, on whatever branch', async () => {
    await using scene = await open();
    const text = await scene.attest();
    scene.oidc.pass(86_400);
    expect(await scene.attest()).toBe(text);
    expect(scene.sigstore.log).toEqual(['fulcio 201', 'rekor 201']);
    expect(scene.events).toEqual([]);
  });

  it('is given to GitLab, too, but not used again where nobody knows who signed it', async () => {
    await using scene = await open();
    const env = { GITLAB_CI: 'true', SIGSTORE_ID_TOKEN: scene.oidc.identityFor('sigstore') };
    const text = await scene.attest(env);
    expect(scene.sigstore.judge(text, wheel)).toBeUndefined();
    await expect(scene.attest({ GITLAB_CI: 'true' })).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining('SIGSTORE_ID_TOKEN is not set') as string,
    });
  });

  it.each([
    ['nonsense', 'it is no attestation of PEP 740'],
    ['{"version":1}', 'it is no attestation of PEP 740'],
    ['', 'it is no attestation of PEP 740'],
  ])('is made anew where the file beside it is none: %j', async (kept, reason) => {
    await using scene = await open();
    await writeFile(join(scene.folder, keptName), kept);
    expect(scene.sigstore.judge(await scene.attest(), wheel)).toBeUndefined();
    expect(scene.events).toEqual([{ event: 'detail', message: `${keptName} is made anew: ${reason}` }]);
  });

  it('is sent all the same where it cannot be kept', async () => {
    await using scene = await open();
    await writeFile(join(scene.folder, 'in-the-way'), '');
    const elsewhere = { ...scene.artifact, path: join(scene.folder, 'in-the-way', wheel.filename) };
    const provider = findIdentityProvider(scene.oidc.githubJob);
    if (provider === undefined) throw new Error('no CI system');
    const attestor = openAttestor({
      provider,
      sign: sigstoreSigner({ fulcioUrl: scene.sigstore.origin, rekorUrl: scene.sigstore.origin }),
      onSecret: () => undefined,
      onEvent: (event) => scene.events.push(event),
    });
    expect(scene.sigstore.judge(await attestor.attest(elsewhere), wheel)).toBeUndefined();
    expect(scene.events.map(({ event }) => event)).toEqual(['detail']);
  });
});

describe('signing', () => {
  it.each<SigstoreFault>([
    { at: 'fulcio', status: 503 },
    { at: 'fulcio', status: 0 },
    { at: 'rekor', status: 500 },
    { at: 'rekor', status: 429 },
    { at: 'rekor', status: 0 },
  ])('is tried again where $at answers $status', async (fault) => {
    await using scene = await open();
    scene.sigstore.faults.push(fault);
    expect(scene.sigstore.judge(await scene.attest(), wheel)).toBeUndefined();
    expect(scene.events.map(({ event }) => event)).toEqual(['retry']);
  });

  it.each<[SigstoreFault, string, string]>([
    [{ at: 'fulcio', status: 401, body: 'bad token' }, 'UNAUTHORIZED', '(401) bad token'],
    [{ at: 'fulcio', status: 400, body: 'no such key' }, 'REJECTED', '(400) no such key'],
    [{ at: 'rekor', status: 400, body: 'no entry' }, 'REJECTED', '(400) no entry'],
  ])('fails for good where it is refused, and says why: %j', async (fault, code, said) => {
    await using scene = await open();
    scene.sigstore.faults.push(fault);
    const error = await thrownBy(scene.attest());
    expect(error).toMatchObject({ code, transient: false });
    expect(error.message).toContain(said);
    expect(await readdir(scene.folder)).toEqual([wheel.filename]);
  });

  it('gives up in the end', async () => {
    await using scene = await open();
    for (let n = 0; n < 3; n++) scene.sigstore.faults.push({ at: 'fulcio', status: 503 });
    expect(await thrownBy(scene.attest())).toMatchObject({ code: 'SERVER_ERROR', status: 503 });
  });

  it('tells nothing of an identity that cannot be read', async () => {
    await using scene = await open();
    const error = await thrownBy(
      scene.attest({ GITLAB_CI: 'true', SIGSTORE_ID_TOKEN: 'secret.that.is-no-jwt' }),
    );
    expect(`${error.message} ${error.hint ?? ''} ${String(error.cause)}`).not.toContain('secret.that');
  });

  it('ends at once in the middle of it', async () => {
    await using scene = await open();
    const interrupt = new AbortController();
    scene.sigstore.faults.push({ at: 'fulcio', status: -1 });
    scene.sigstore.onRequest = () => interrupt.abort();
    await expect(scene.attest(undefined, interrupt.signal)).rejects.toMatchObject({ code: 'ABORTED' });
    expect(scene.sigstore.log).toEqual(['fulcio -1']);
    expect(await readdir(scene.folder)).toEqual([wheel.filename]);
  });

  it('waits for nothing after an interruption', async () => {
    await using scene = await open();
    await expect(scene.attest(undefined, AbortSignal.abort())).rejects.toMatchObject({ code: 'ABORTED' });
    expect(scene.sigstore.log).toEqual([]);
  });
});
