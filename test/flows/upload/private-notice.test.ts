import { expect, it } from 'vitest';
import type { Container } from '../../../src/storage/container.ts';
import { openMemory } from '../../../src/storage/drivers/memory.ts';
import { listen } from '../../servers/listen.ts';
import { makeWheels, uploadFiles } from '../uploads.ts';

/** A container whose objects are shown at `origin`. */
function shownAt(origin: string): Container {
  const container = openMemory();
  container.publicUrl = (key = '') => `${origin}/wheels/${key}`;
  return container;
}

async function startPlace(status: number) {
  const requests: string[] = [];
  const server = await listen((request, response) => {
    const { authorization = 'nobody' } = request.headers;
    requests.push(`${request.method ?? ''} ${request.url ?? ''} by ${authorization}`);
    response.writeHead(status).end();
    return Promise.resolve();
  });
  return { ...server, requests };
}

it.each([403, 401, 404])('tells that a place is closed to installers: %d', async (status) => {
  await using place = await startPlace(status);
  const { ok, nextSteps, events } = await uploadFiles(shownAt(place.origin), makeWheels(1));
  expect(ok).toBe(true);
  expect(nextSteps?.[0]).toContain(place.origin);
  expect(events).toContainEqual({
    event: 'notice',
    message: `${place.origin}/wheels/index.html cannot be read without credentials (${status}): installers need it to be public`,
  });
  expect(place.requests).toEqual(['HEAD /wheels/index.html by nobody']);
});

it('looks at a page that is there: S3 refuses a stranger who asks for another', async () => {
  await using place = await startPlace(200);
  const { events } = await uploadFiles(shownAt(place.origin), makeWheels(1), { layout: 'simple' });
  expect(events.map(({ event }) => event)).not.toContain('notice');
  expect(place.requests).toEqual(['HEAD /wheels/simple/index.html by nobody']);
});

it.each([500, 503])('says nothing of a place that only answers %d', async (status) => {
  await using place = await startPlace(status);
  const { ok, events } = await uploadFiles(shownAt(place.origin), makeWheels(1));
  expect([ok, events.map(({ event }) => event)]).toEqual([true, expect.not.arrayContaining(['notice'])]);
  expect(place.requests).toHaveLength(1);
});

it('says nothing of a place that cannot be reached from here', async () => {
  const place = await startPlace(200);
  await place[Symbol.asyncDispose]();
  const { ok, events } = await uploadFiles(shownAt(place.origin), makeWheels(1));
  expect([ok, events.map(({ event }) => event)]).toEqual([true, expect.not.arrayContaining(['notice'])]);
});
