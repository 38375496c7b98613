import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { Source } from '../../../src/storage/container.ts';
import { openGoogle } from '../../../src/storage/drivers/google.ts';
import { parseLocation } from '../../../src/storage/location.ts';
import { bytesSource } from '../../../src/storage/source.ts';
import { startUploadServer, type UploadFault } from '../../servers/gcs-uploads.ts';

const partBytes = 256 * 1024;
const content = randomBytes(3 * partBytes + 1234);
const total = content.length;

async function startPlace(
  misbehave: (request: string, n: number) => UploadFault | undefined = () => undefined,
) {
  const server = await startUploadServer(misbehave);
  const endpoint = server.origin;
  const container = await openGoogle(parseLocation('gs://numpy'), {
    endpoint,
    partBytes,
    partThresholdBytes: 1,
  });
  const close = async () => {
    await container.close();
    await server[Symbol.asyncDispose]();
  };
  return { server, container, [Symbol.asyncDispose]: close };
}

/** The first request of that kind goes wrong, the others do not. */
function once(said: string, fault: UploadFault) {
  let left = 1;
  return (request: string) => (request === said && left-- > 0 ? fault : undefined);
}

const parts = [0, 1, 2, 3].map((i) => {
  const end = Math.min((i + 1) * partBytes, total);
  return `PUT ${i * partBytes}-${end - 1}/${total}`;
});
const question = `PUT */${total}`;

describe('an upload in parts', () => {
  it('sends each byte once', async () => {
    await using place = await startPlace();
    const seen: number[] = [];
    const onProgress = (doneBytes: number) => seen.push(doneBytes);
    await place.container.write('a.whl', bytesSource(content), { contentType: 'a/b', onProgress });
    expect(place.server.objects.get('a.whl')?.equals(content)).toBe(true);
    expect(place.server.requests).toEqual(['POST', ...parts]);
    expect(seen.at(-1)).toBe(total);
  });

  const faults = ['refuse', 'lose-answer', 'reset'] as const;
  it.each(faults.flatMap((fault) => [0, 1, 3].map((part) => [fault, part] as const)))(
    'goes on where it was, after: %s of part %i',
    async (fault, part) => {
      await using place = await startPlace(once(parts[part]!, fault));
      const written = await place.container.write('a.whl', bytesSource(content), {
        contentType: 'a/b',
        condition: { ifAbsent: true },
      });
      expect(written).toMatchObject({ tag: '17', sizeBytes: total });
      expect(place.server.objects.get('a.whl')?.equals(content)).toBe(true);
      const { requests } = place.server;
      expect(requests.filter((said) => said === 'POST')).toHaveLength(1);
      expect(requests.filter((said) => said === question)).toHaveLength(1);
    },
  );

  it('whose session is gone begins anew', async () => {
    await using place = await startPlace(once(parts[2]!, 'forget'));
    await place.container.write('a.whl', bytesSource(content), { contentType: 'a/b' });
    expect(place.server.objects.get('a.whl')?.equals(content)).toBe(true);
    expect(place.server.requests.filter((said) => said === 'POST')).toHaveLength(2);
  });

  it('that cannot be finished is cancelled, after a few attempts', async () => {
    await using place = await startPlace((said) => (said.startsWith('PUT') ? 'refuse' : undefined));
    const writing = place.container.write('a.whl', bytesSource(content), { contentType: 'a/b' });
    await expect(writing).rejects.toMatchObject({ code: 'SERVER_ERROR' });
    expect(place.server.requests).toEqual([
      'POST',
      parts[0],
      question,
      question,
      question,
      question,
      'DELETE',
    ]);
  });

  it('that the service keeps nothing of does not go on for ever', async () => {
    await using place = await startPlace((said) => (said.startsWith('PUT') ? 'drop' : undefined));
    const writing = place.container.write('a.whl', bytesSource(content), { contentType: 'a/b' });
    await expect(writing).rejects.toMatchObject({ code: 'SERVER_ERROR' });
    expect(place.server.requests.length).toBeLessThan(15);
  });

  it('whose source changes on the way leaves nothing', async () => {
    await using place = await startPlace();
    const source: Source = {
      sizeBytes: total,
      open: (start = 0, end = total) =>
        Readable.from([content.subarray(start, Math.min(end, partBytes + 5))]),
    };
    const writing = place.container.write('a.whl', source, { contentType: 'a/b' });
    await expect(writing).rejects.toMatchObject({ code: 'TRUNCATED' });
    expect(place.server.objects.size).toBe(0);
    expect(place.server.requests.at(-1)).toBe('DELETE');
  });

  it('that is aborted is cancelled', async () => {
    const controller = new AbortController();
    await using place = await startPlace((said) => {
      if (said === parts[1]) controller.abort();
      return undefined;
    });
    const { signal } = controller;
    const writing = place.container.write('a.whl', bytesSource(content), { contentType: 'a/b', signal });
    await expect(writing).rejects.toMatchObject({ code: 'ABORTED' });
    expect(place.server.objects.size).toBe(0);
    expect(place.server.requests.at(-1)).toBe('DELETE');
  });
});
