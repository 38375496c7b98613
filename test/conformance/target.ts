import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WheelhouseError } from '../../src/model/errors.ts';
import type { PublishTarget } from '../../src/registry/target.ts';
import { makeFolder, makeSdist, makeWheel, type MadeDistribution } from '../make-distribution.ts';
import { publishable } from '../registry/artifacts.ts';

/** A registry on its own for one test, and a target that publishes to it. */
export interface TargetUnderTest {
  readonly target: PublishTarget;
  /** A target of the same registry that has the wrong credentials. */
  readonly withWrongCredentials: PublishTarget;
  /** What those credentials are: nothing may ever say so. */
  readonly wrongSecret: string;
  /** What the registry has: SHA-256 by file name. */
  stored(): ReadonlyMap<string, string>;
  /** How many uploads the registry has seen. */
  uploads(): number;
  /** From now on the answer to an upload is lost once the file is stored. */
  loseNextAnswer(): void;
  /** From now on an upload is answered with this status. */
  answerNextWith(status: number, headers?: Readonly<Record<string, string>>): void;
  [Symbol.asyncDispose](): Promise<void>;
}

const release = { project: 'tiny-project', version: '1.0', requiresPython: '>=3.8' };
const description = '  # Tiny\n\nends in CRLF\r\n\ttab, ünï ☃\n\n';

/** What every {@link PublishTarget} keeps, whatever it speaks. */
export function describeTarget(name: string, open: () => Promise<TargetUnderTest>): void {
  describe(`the target ${name}`, () => {
    let under: TargetUnderTest;
    let folder: Awaited<ReturnType<typeof makeFolder>>;
    let wheel: MadeDistribution;
    let other: MadeDistribution;
    let sdist: MadeDistribution;

    beforeEach(async () => {
      under = await open();
      wheel = makeWheel({ ...release, description });
      other = makeWheel({ ...release, description, module: 'version = "other"\n' });
      sdist = await makeSdist({ ...release, description });
      folder = await makeFolder([wheel, sdist]);
    });
    afterEach(async () => {
      await under.target.close();
      await under.withWrongCredentials.close();
      await under[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    });

    it('prints as a URL without secrets', () => {
      expect(URL.canParse(under.target.url)).toBe(true);
      expect(new URL(under.target.url).password).toBe('');
    });

    it('knows no files of a project that is not there', async () => {
      expect(await under.target.known('no-such-project')).toEqual(new Map());
    });

    it('takes wheels and sdists and then knows them by digest', async () => {
      for (const made of [wheel, sdist])
        expect(await under.target.send(await publishable(made, folder.path))).toEqual({ status: 'accepted' });
      expect(under.stored()).toEqual(
        new Map([wheel, sdist].map(({ filename, sha256 }) => [filename, sha256])),
      );
      const known = await under.target.known('Tiny.Project');
      expect([...(known?.keys() ?? [])].sort()).toEqual([wheel.filename, sdist.filename].sort());
      expect(known?.get(wheel.filename)?.hashes).toMatchObject({ sha256: wheel.sha256 });
    });

    it('makes one upload of one call, and tells its progress up to the size of the file', async () => {
      const told: number[] = [];
      await under.target.send(await publishable(wheel, folder.path), {
        onProgress: (doneBytes) => told.push(doneBytes),
      });
      expect(under.uploads()).toBe(1);
      expect(told.at(-1)).toBe(wheel.bytes.length);
    });

    it('never replaces other bytes of the same name', async () => {
      await under.target.send(await publishable(wheel, folder.path));
      await using changed = await makeFolder([other]);
      expect(await under.target.send(await publishable(other, changed.path))).toMatchObject({
        status: 'already-there',
      });
      expect(under.stored().get(wheel.filename)).toBe(wheel.sha256);
    });

    it('does not fail when the same bytes are there', async () => {
      const artifact = await publishable(wheel, folder.path);
      await under.target.send(artifact);
      expect((await under.target.send(artifact)).status).toMatch(/^(?:accepted|already-there)$/);
    });

    it('refuses wrong credentials for good, without a word of them', async () => {
      const sending = under.withWrongCredentials.send(await publishable(wheel, folder.path));
      const error: unknown = await sending.catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(WheelhouseError);
      const { code, transient, hint, message } = error as WheelhouseError;
      expect(code).toMatch(/^(?:UNAUTHORIZED|FORBIDDEN)$/);
      expect(transient).toBe(false);
      expect(hint).toBeDefined();
      expect(`${message} ${hint ?? ''} ${JSON.stringify(error)}`).not.toContain(under.wrongSecret);
      expect(under.stored().size).toBe(0);
    });

    it('tells a lost answer as transient, after one attempt', async () => {
      under.loseNextAnswer();
      await expect(under.target.send(await publishable(wheel, folder.path))).rejects.toMatchObject({
        transient: true,
      });
      expect(under.uploads()).toBe(1);
      expect((await under.target.known(release.project))?.get(wheel.filename)?.hashes).toMatchObject({
        sha256: wheel.sha256,
      });
    });

    it.each([
      [429, { 'Retry-After': '3' }, { code: 'RATE_LIMITED', transient: true, retryAfterMs: 3000 }],
      [503, {}, { code: 'SERVER_ERROR', transient: true }],
      [413, {}, { code: 'TOO_LARGE', transient: false }],
      [302, { Location: 'https://elsewhere.example.com/' }, { code: 'REDIRECTED', transient: false }],
    ])('tells %i for what it is, after one attempt', async (status, headers, error) => {
      under.answerNextWith(status, headers);
      await expect(under.target.send(await publishable(wheel, folder.path))).rejects.toMatchObject({
        ...error,
        status,
      });
      expect(under.uploads()).toBe(1);
    });

    it('ends at once when it is interrupted', async () => {
      const artifact = await publishable(wheel, folder.path);
      const signal = AbortSignal.abort();
      await expect(under.target.send(artifact, { signal })).rejects.toMatchObject({ code: 'ABORTED' });
      await expect(under.target.known(release.project, signal)).rejects.toMatchObject({ code: 'ABORTED' });
      expect(under.uploads()).toBe(0);
    });
  });
}
