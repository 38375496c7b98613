import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe } from 'vitest';
import { Secret } from '../../src/model/secret.ts';
import { openS3, type S3Options } from '../../src/storage/drivers/s3.ts';
import { parseLocation } from '../../src/storage/location.ts';
import { describeContainer, type ContainerTraits } from '../conformance/container.ts';
import { startMoto } from './servers/moto.ts';
import type { S3Server } from './servers/s3-server.ts';
import { startVersityGw } from './servers/versitygw.ts';

// Proof: the S3 driver keeps the contract of containers on real servers.

const mebibyte = 1024 ** 2;

function describeS3(name: string, start: () => Promise<S3Server>, traits: ContainerTraits): void {
  describe(name, () => {
    let server: S3Server;
    beforeAll(async () => {
      server = await start();
    });
    afterAll(() => server[Symbol.asyncDispose]());

    const openFresh = (options: S3Options) => async () => {
      const bucket = `conformance-${randomBytes(8).toString('hex')}`;
      const open = () =>
        openS3(parseLocation(`s3://${bucket}/wheels`), {
          username: server.username,
          secret: new Secret(server.secret),
          region: server.region,
          endpoint: server.endpoint,
          ...options,
        });
      return { container: await open(), another: open, cleanup: () => Promise.resolve() };
    };
    // The tag is the MD5 of the bytes (of those of the parts, in parts).
    describeContainer(`${name}, in one request`, openFresh({}), { tagIsDigest: true, ...traits });
    describeContainer(
      `${name}, in parts`,
      openFresh({ partThresholdBytes: 5 * mebibyte, partBytes: 5 * mebibyte }),
      { tagIsDigest: true, ...traits, manyObjects: 0, raceRounds: 5 },
    );
  });
}

describeS3('VersityGW', startVersityGw, {});
describeS3('moto', startMoto, {});
