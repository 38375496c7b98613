import { once } from 'node:events';
import { Readable } from 'node:stream';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createHttp, liftCredentials, type HttpClient, type HttpOptions } from '../../src/io/http.ts';
import { WheelhouseError } from '../../src/model/errors.ts';
import { Secret, type Credentials } from '../../src/model/secret.ts';
import { readBody } from '../servers/listen.ts';
import {
  drip,
  endless,
  gibberish,
  gzipBomb,
  headerFlood,
  redirect,
  silent,
  stuck,
  truncated,
} from '../servers/hostile-server.ts';
import { startIndexServer, type Handler, type IndexServer, type Route } from '../servers/index-server.ts';

const direct = { environment: {} };
const hasty = { ...direct, headersTimeoutMs: 300, bodyTimeoutMs: 300 };
const alice: Credentials = { kind: 'basic', username: 'alice', password: new Secret('s3cret') };
const aliceHeader = `Basic ${Buffer.from('alice:s3cret').toString('base64')}`;

/** Runs with a client and a server that are gone afterwards. */
async function withServer(
  routes: Record<string, Route>,
  act: (http: HttpClient, server: IndexServer) => Promise<void>,
  options: HttpOptions = direct,
): Promise<void> {
  await using server = await startIndexServer(routes);
  const http = createHttp(options);
  try {
    await act(http, server);
  } finally {
    await http.close();
  }
}

async function failureOf(promise: Promise<unknown>): Promise<WheelhouseError> {
  const thrown: unknown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(thrown instanceof WheelhouseError)) throw new Error(`not a WheelhouseError: ${String(thrown)}`);
  return thrown;
}

describe('an answer', () => {
  it('comes whatever its status, with its reason phrase and headers', () =>
    withServer(
      {
        '/a': (_, response) =>
          void response
            .writeHead(418, 'Short And Stout', { 'X-One': 'a', 'Set-Cookie': ['b=1', 'c=2'] })
            .end('tea'),
      },
      async (http, { origin }) => {
        const response = await http.request({ url: `${origin}/a` });
        expect(response).toMatchObject({ status: 418, statusText: 'Short And Stout' });
        expect(response.headers.get('x-ONE')).toBe('a');
        expect(response.headers.get('set-cookie')).toBe('b=1, c=2');
        expect(response.headers.get('x-two')).toBeUndefined();
        await expect(response.text(100)).resolves.toBe('tea');
      },
    ));

  it('is read through interim answers', () =>
    withServer(
      {
        '/a': (_, response) => {
          response.writeProcessing();
          response.writeEarlyHints({ link: '</b>; rel=preload' });
          response.end('final');
        },
      },
      async (http, { origin }) => {
        const response = await http.request({ url: `${origin}/a` });
        expect(response.status).toBe(200);
        await expect(response.text(100)).resolves.toBe('final');
      },
    ));

  it('has no body to HEAD', () =>
    withServer({ '/a': 'text' }, async (http, { origin }) => {
      const response = await http.request({ url: `${origin}/a`, method: 'head' });
      expect(response.status).toBe(200);
      await expect(response.text(100)).resolves.toBe('');
    }));

  it('may be empty', () =>
    withServer({ '/a': (_, response) => void response.end() }, async (http, { origin }) => {
      await expect((await http.request({ url: `${origin}/a` })).text(0)).resolves.toBe('');
    }));
});

describe('a request', () => {
  it('says who asks, and wants the bytes as they are', () =>
    withServer(
      { '/a': 'x' },
      async (http, { origin, visits }) => {
        await (await http.request({ url: `${origin}/a`, headers: { Accept: 'text/html' } })).discard();
        expect(visits[0]?.headers).toMatchObject({
          'user-agent': 'tester/1',
          accept: 'text/html',
          'accept-encoding': 'identity',
        });
        await (await http.request({ url: `${origin}/a`, headers: { 'Accept-Encoding': 'gzip' } })).discard();
        expect(visits[1]?.headers['accept-encoding']).toBe('gzip');
      },
      { ...direct, userAgent: 'tester/1' },
    ));

  it.each([
    ['a string', () => ({ body: 'grüße' }), 'grüße'],
    ['bytes', () => ({ body: Buffer.from([0, 255, 10]) }), Buffer.from([0, 255, 10])],
    [
      'a stream',
      () => ({ body: Readable.from([Buffer.from('ab'), Buffer.from('c')]), contentLength: 3 }),
      'abc',
    ],
    ['an empty stream', () => ({ body: Readable.from([]), contentLength: 0 }), ''],
    ['nothing', () => ({}), ''],
  ] as const)('sends %s with its exact length', (_, make, expected) => {
    const bodies: Buffer[] = [];
    const lengths: (string | undefined)[] = [];
    const route: Handler = async (request, response) => {
      lengths.push(request.headers['content-length']);
      expect(request.headers['transfer-encoding']).toBeUndefined();
      bodies.push(await readBody(request));
      response.writeHead(201).end();
    };
    return withServer({ '/a': route }, async (http, { origin }) => {
      const response = await http.request({ url: `${origin}/a`, method: 'PUT', ...make() });
      expect(response.status).toBe(201);
      expect(bodies[0]).toEqual(Buffer.from(expected));
      expect(lengths).toEqual([String(Buffer.byteLength(expected))]);
    });
  });

  it('streams what is larger than memory would like', () =>
    withServer(
      {
        '/a': async (request, response) => {
          let bytes = 0;
          for await (const chunk of request) bytes += (chunk as Buffer).length;
          response.end(String(bytes));
        },
      },
      async (http, { origin }) => {
        const contentLength = 100 * 1024 * 1024;
        const chunk = Buffer.alloc(1024 * 1024);
        const body = Readable.from(Array.from({ length: 100 }, () => chunk));
        const response = await http.request({ url: `${origin}/a`, method: 'POST', body, contentLength });
        await expect(response.text(100)).resolves.toBe(String(contentLength));
      },
    ));

  const drain: Handler = async (request, response) => {
    await readBody(request);
    response.end();
  };

  it.each([
    ['fewer', 5],
    ['more', 2],
  ])('fails, and does not hang, when a stream yields %s bytes than announced', (_, contentLength) =>
    withServer({ '/a': drain }, async (http, { origin }) => {
      const body = Readable.from([Buffer.from('abc')]);
      const failure = await failureOf(
        http.request({ url: `${origin}/a`, method: 'PUT', body, contentLength }),
      );
      expect(failure.code).toBe('TRUNCATED');
      expect(body.destroyed).toBe(true);
    }),
  );

  it.each([
    ['fails', () => Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' })],
    ['ends without a word', () => undefined],
  ])('does not blame the network when its stream %s', (_, reason) =>
    withServer({ '/a': drain }, async (http, { origin }) => {
      const body = new Readable({
        read() {
          this.push(Buffer.alloc(100));
          setTimeout(() => this.destroy(reason()), 10);
        },
      });
      const failure = await failureOf(
        http.request({ url: `${origin}/a`, method: 'PUT', body, contentLength: 10_000_000 }),
      );
      expect(failure).toMatchObject({ code: 'FILE_SYSTEM', transient: false });
      expect(failure.message).toMatch(/^cannot read what is to be sent to 127\.0\.0\.1:\d+: /);
    }),
  );

  it('gets an answer that comes before all is sent, and lets go of the stream', () =>
    withServer(
      { '/a': (_, response) => void response.writeHead(413).end('too much') },
      async (http, { origin }) => {
        const body = new Readable({
          read() {
            setTimeout(() => this.push(Buffer.alloc(1000)), 5);
          },
        });
        const response = await http.request({ url: `${origin}/a`, method: 'PUT', body, contentLength: 1e9 });
        expect(response.status).toBe(413);
        await response.discard();
        if (!body.destroyed) await once(body, 'close');
      },
    ));

  it('does not start with a stream of unknown length', () =>
    withServer({}, async (http, { origin }) => {
      const request = http.request({ url: origin, method: 'PUT', body: Readable.from(['a']) });
      await expect(request).rejects.toThrow(TypeError);
    }));

  it('refuses headers that would be two', () =>
    withServer({}, async (http, { origin, visits }) => {
      await failureOf(http.request({ url: origin, headers: { 'x-a': 'b\r\nx-c: d' } }));
      expect(visits).toEqual([]);
    }));
});

describe('credentials', () => {
  it.each<[string, Credentials, string]>([
    ['basic', alice, aliceHeader],
    [
      'basic in UTF-8',
      { kind: 'basic', username: 'zoë', password: new Secret('grün:1') },
      `Basic ${Buffer.from('zoë:grün:1', 'utf8').toString('base64')}`,
    ],
    ['bearer', { kind: 'bearer', token: new Secret('t0ken') }, 'Bearer t0ken'],
  ])('are sent: %s', (_, credentials, expected) =>
    withServer({ '/a': 'x' }, async (http, { origin, visits }) => {
      await (await http.request({ url: `${origin}/a`, credentials })).discard();
      expect(visits[0]?.headers.authorization).toBe(expected);
    }),
  );

  it('are lifted out of the URL, where none are given', () =>
    withServer({ '/a': 'x' }, async (http, { origin, visits }) => {
      const url = origin.replace('//', '//bob:p%40ss@');
      await (await http.request({ url: `${url}/a` })).discard();
      await (await http.request({ url: `${url}/a`, credentials: alice })).discard();
      expect(visits.map(({ headers }) => headers.authorization)).toEqual([
        `Basic ${Buffer.from('bob:p@ss').toString('base64')}`,
        aliceHeader,
      ]);
    }));

  it.each<[string, Parameters<HttpClient['request']>[0]]>([
    ['credentials', { url: '', credentials: { kind: 'bearer', token: new Secret('t0ken-of-ours') } }],
    ['a header', { url: '', headers: { Authorization: 'Bearer t0ken-of-ours' } }],
    [
      'what the caller calls secret',
      { url: '', method: 'POST', body: '{"a":"t0ken-of-ours"}', secrets: [new Secret('t0ken-of-ours')] },
    ],
  ])('are masked in a refusal that repeats them: %s', (_, request) =>
    withServer(
      {
        '/a': async (asked, response) => {
          const said = `${asked.headers.authorization ?? ''} ${(await readBody(asked)).toString()}`;
          response.writeHead(403, said).end(said);
        },
      },
      async (http, { origin }) => {
        const response = await http.request({ ...request, url: `${origin}/a` });
        const said = `${response.statusText} ${await response.text(1000)}`;
        expect(said).toMatch(/\*{3}.*\*{3}/);
        expect(said).not.toContain('t0ken-of-ours');
      },
    ),
  );

  it.each([
    ['https://host/path', undefined],
    ['https://user@host/', { kind: 'basic', username: 'user' }],
    ['https://user:pa%3Ass@host/', { kind: 'basic', username: 'user' }],
    ['https://100%:x@host/', { kind: 'basic', username: '100%' }],
  ])('of %s', (url, expected) => {
    const lifted = liftCredentials(url);
    expect(lifted.url.href).not.toContain('@');
    if (expected === undefined) expect(lifted.credentials).toBeUndefined();
    else expect(lifted.credentials).toMatchObject(expected);
  });

  it('decode the password of a URL', () => {
    const { credentials } = liftCredentials('https://user:pa%3Ass@host/');
    expect(credentials?.kind === 'basic' && credentials.password.reveal()).toBe('pa:ss');
  });
});

describe('a redirect', () => {
  it('within the origin keeps the credentials', () =>
    withServer({ '/a': redirect('/b'), '/b': 'here' }, async (http, { origin, visits }) => {
      const response = await http.request({ url: `${origin}/a`, credentials: alice });
      expect(response.url.href).toBe(`${origin}/b`);
      await expect(response.text(100)).resolves.toBe('here');
      expect(visits.map(({ headers }) => headers.authorization)).toEqual([aliceHeader, aliceHeader]);
    }));

  it.each([301, 302, 303, 307, 308])('%i is followed', (status) =>
    withServer({ '/a': redirect('/b', status), '/b': 'here' }, async (http, { origin }) => {
      await expect((await http.request({ url: `${origin}/a` })).text(100)).resolves.toBe('here');
    }),
  );

  it('to another port gets neither credentials nor anything that could be some', async () => {
    await using other = await startIndexServer({ '/b': 'there' });
    await withServer({ '/a': redirect(`${other.origin}/b`) }, async (http, { origin }) => {
      const headers = {
        Cookie: 'session=s3cret',
        'X-Auth-Token': 's3cret',
        Authorization: 'Bearer s3cret',
        Accept: 'text/html',
        Range: 'bytes=5-',
      };
      await (await http.request({ url: `${origin}/a`, credentials: alice, headers })).discard();
      await (await http.request({ url: `${origin}/a`, headers })).discard();
    });
    expect(other.visits).toHaveLength(2);
    for (const { headers } of other.visits) {
      expect(JSON.stringify(headers)).not.toContain('s3cret');
      expect(JSON.stringify(headers)).not.toContain(aliceHeader);
      expect(headers).toMatchObject({ accept: 'text/html', range: 'bytes=5-' });
    }
  });

  it('to another name of the same host gets no credentials', () =>
    withServer({ '/b': 'there' }, async (http, server) => {
      const { port } = new URL(server.origin);
      server.routes['/a'] = redirect(`http://127.0.0.1:${port}/b`);
      const response = await http.request({ url: `http://localhost:${port}/a`, credentials: alice });
      await response.discard();
      expect(server.visits.map(({ headers }) => headers.authorization)).toEqual([aliceHeader, undefined]);
    }));

  it('that comes back gets them no more', async () => {
    await using other = await startIndexServer();
    await withServer(
      { '/a': redirect(`${other.origin}/b`), '/c': 'home' },
      async (http, { origin, visits }) => {
        other.routes['/b'] = redirect(`${origin}/c`);
        const response = await http.request({ url: `${origin}/a`, credentials: alice });
        await expect(response.text(100)).resolves.toBe('home');
        expect(visits.map(({ url, headers }) => [url, headers.authorization])).toEqual([
          ['/a', aliceHeader],
          ['/c', undefined],
        ]);
      },
    );
  });

  it('cannot bring credentials of its own', async () => {
    await using other = await startIndexServer({ '/b': 'there' });
    const location = `${other.origin.replace('//', '//mallory:x@')}/b`;
    await withServer({ '/a': redirect(location) }, async (http, { origin }) => {
      const response = await http.request({ url: `${origin}/a` });
      expect(response.url.href).toBe(`${other.origin}/b`);
      await response.discard();
    });
    expect(other.visits[0]?.headers.authorization).toBeUndefined();
  });

  it.each([
    ['to itself', (url: string) => url],
    ['ever further', (url: string) => `${url}a`],
  ])('%s ends', (_, next) => {
    const handler: Handler = (request, response) => redirect(next(request.url ?? ''))(request, response);
    const routes = Object.fromEntries(
      Array.from({ length: 20 }, (_, n) => [`/${'a'.repeat(n + 1)}`, handler]),
    );
    return withServer(routes, async (http, { origin, visits }) => {
      const failure = await failureOf(http.request({ url: `${origin}/a?token=s3cret` }));
      expect(failure).toMatchObject({ code: 'REDIRECTED', transient: false });
      expect(failure.message).not.toContain('s3cret');
      expect(visits.length).toBe(11);
    });
  });

  it.each([
    ['file:///etc/passwd', 'redirects to a file: URL'],
    ['ftp://127.0.0.1/a', 'redirects to a ftp: URL'],
    ['http://[', 'redirects to what is no URL'],
  ])('to %s is refused', (location, message) =>
    withServer({ '/a': redirect(location) }, async (http, { origin }) => {
      const failure = await failureOf(http.request({ url: `${origin}/a` }));
      expect(failure.code).toBe('REDIRECTED');
      expect(failure.message).toContain(message);
    }),
  );

  it('is the answer where it says not where to, or is none', () =>
    withServer(
      {
        '/a': (_, response) => void response.writeHead(302).end(),
        '/b': (_, response) => void response.writeHead(304, { location: '/a' }).end(),
      },
      async (http, { origin }) => {
        expect((await http.request({ url: `${origin}/a` })).status).toBe(302);
        expect((await http.request({ url: `${origin}/b` })).status).toBe(304);
      },
    ));

  it('is the answer to an upload, and to whoever wants it', () =>
    withServer({ '/a': redirect('/b'), '/b': 'x' }, async (http, { origin, paths }) => {
      expect((await http.request({ url: `${origin}/a`, method: 'POST', body: 'x' })).status).toBe(302);
      expect((await http.request({ url: `${origin}/a`, redirect: 'manual' })).status).toBe(302);
      expect(paths()).toEqual(['/a', '/a']);
    }));

  it('is refused to an upload that would follow it', () =>
    withServer({ '/a': redirect('/b', 307), '/b': 'x' }, async (http, { origin, paths }) => {
      const request = { url: `${origin}/a`, method: 'POST', body: 'x', redirect: 'follow' } as const;
      const failure = await failureOf(http.request(request));
      expect(failure).toMatchObject({ code: 'REDIRECTED', status: 307 });
      expect(failure.hint).toContain(`${origin}/b`);
      expect(paths()).toEqual(['/a']);
    }));

  it('may be bound to the origin', async () => {
    await using other = await startIndexServer({ '/c': 'there' });
    await withServer(
      { '/a': redirect('/b'), '/b': redirect(`${other.origin}/c`) },
      async (http, { origin, paths }) => {
        const failure = await failureOf(http.request({ url: `${origin}/a`, redirect: 'same-origin' }));
        expect(failure.code).toBe('REDIRECTED');
        expect(failure.message).toContain('another origin');
        expect(paths()).toEqual(['/a', '/b']);
        expect(other.visits).toEqual([]);
      },
    );
  });
});

describe('time limits', () => {
  it.each<[string, Handler, RegExp]>([
    ['silence', silent, /did not answer within 0\.3 s$/],
    ['a header that never ends', headerDrip, /did not answer within 0\.3 s$/],
  ])('end %s', (_, handler, message) =>
    withServer(
      { '/a': handler },
      async (http, { origin }) => {
        const failure = await failureOf(http.request({ url: `${origin}/a` }));
        expect(failure).toMatchObject({ code: 'TIMEOUT', transient: true });
        expect(failure.message).toMatch(message);
      },
      hasty,
    ),
  );

  it.each<[string, Handler]>([
    ['that is stuck', stuck],
    ['that drips', drip()],
    ['that drips towards an end', drip({ 'content-length': 1_000_000 })],
  ])('end a body %s', (_, handler) =>
    withServer(
      { '/a': handler },
      async (http, { origin }) => {
        const response = await http.request({ url: `${origin}/a` });
        const failure = await failureOf(response.text(1_000_000));
        expect(failure.code).toBe('TIMEOUT');
        expect(failure.message).toMatch(/sent only \d+ bytes in 0\.3 s$/);
      },
      hasty,
    ),
  );

  it('are each request’s own, if it says so', () =>
    withServer({ '/a': silent, '/b': stuck }, async (http, { origin }) => {
      const a = await failureOf(http.request({ url: `${origin}/a`, headersTimeoutMs: 200 }));
      expect(a.code).toBe('TIMEOUT');
      const b = await http.request({ url: `${origin}/b`, bodyTimeoutMs: 100 });
      expect((await failureOf(b.text(2000))).code).toBe('TIMEOUT');
    }));

  it('do not count the time that the reader takes', () =>
    withServer(
      { '/a': Buffer.alloc(8 * 1024 * 1024) },
      async (http, { origin }) => {
        const response = await http.request({ url: `${origin}/a` });
        let bytes = 0;
        for await (const chunk of response.body) {
          if (bytes === 0) await new Promise((resolve) => setTimeout(resolve, 700));
          bytes += (chunk as Buffer).length;
        }
        expect(bytes).toBe(8 * 1024 * 1024);
      },
      hasty,
    ));
});

/** A status line, then a header that goes on, a byte at a time. */
function headerDrip(...[, response]: Parameters<Handler>): void {
  response.socket?.write('HTTP/1.1 200 OK\r\nx-slow: ');
  const timer = setInterval(() => response.socket?.write('y'), 20);
  response.socket?.on('close', () => clearInterval(timer)).on('error', () => undefined);
}

describe('a broken answer', () => {
  const bytes = Buffer.alloc(1000, 'a');

  it.each<[string, Handler, RegExp]>([
    ['short', truncated(bytes, 400), /broke off after 400 of 1000 bytes$/],
    [
      'short and the last',
      truncated(bytes, 400, { connection: 'close' }),
      /broke off after 400 of 1000 bytes$/,
    ],
    [
      'short of its last chunk',
      (_, response) => {
        response.write('abc');
        setTimeout(() => response.destroy(), 10);
      },
      /broke off after 3 bytes$/,
    ],
    [
      'cut into chunks that are none',
      ({ socket }) =>
        void socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\nnot hex\r\n'),
      /broke off after 3 bytes$/,
    ],
  ])('is TRUNCATED: %s', (_, handler, message) =>
    withServer({ '/a': handler }, async (http, { origin }) => {
      const failure = await failureOf((await http.request({ url: `${origin}/a` })).text(10_000));
      expect(failure).toMatchObject({ code: 'TRUNCATED', transient: true });
      expect(failure.message).toMatch(message);
    }),
  );

  it.each<[string, Handler, string, boolean]>([
    ['a flood of headers', headerFlood, 'TOO_LARGE', false],
    ['no HTTP', gibberish, 'NETWORK', true],
    ['nothing', ({ socket }) => void socket.destroy(), 'NETWORK', true],
  ])('is none at all: %s', (_, handler, code, transient) =>
    withServer({ '/a': handler }, async (http, { origin }) => {
      const failure = await failureOf(http.request({ url: `${origin}/a?key=s3cret` }));
      expect(failure).toMatchObject({ code, transient });
      expect(failure.message).toContain('127.0.0.1');
      expect(failure.message).not.toMatch(/s3cret|\n/);
    }),
  );

  it('that nobody reads ends no process', () =>
    withServer({ '/a': truncated(bytes, 10) }, async (http, { origin }) => {
      const { body } = await http.request({ url: `${origin}/a` });
      if (!body.destroyed) await once(body, 'close').catch(() => undefined);
      expect(body.errored).toMatchObject({ code: 'TRUNCATED' });
    }));
});

describe('an abort', () => {
  const reason = { code: 'ABORTED', exitCode: 130 };

  it('before the request sends nothing', () =>
    withServer({ '/a': 'x' }, async (http, { origin, visits }) => {
      const request = http.request({ url: `${origin}/a`, signal: AbortSignal.abort() });
      expect(await failureOf(request)).toMatchObject(reason);
      expect(visits).toEqual([]);
    }));

  it('ends the wait for the headers, and the connection', async () => {
    const controller = new AbortController();
    let hungUp: Promise<unknown> | undefined;
    const route: Handler = (request) => {
      hungUp = once(request.socket, 'close');
      controller.abort();
    };
    await withServer({ '/a': route }, async (http, { origin }) => {
      const request = http.request({ url: `${origin}/a`, signal: controller.signal });
      expect(await failureOf(request)).toMatchObject(reason);
      await hungUp;
    });
  });

  it('ends the body', () =>
    withServer({ '/a': endless() }, async (http, { origin }) => {
      const controller = new AbortController();
      const response = await http.request({ url: `${origin}/a`, signal: controller.signal });
      setTimeout(() => controller.abort(), 20);
      expect(await failureOf(response.text(1e12))).toMatchObject(reason);
    }));

  it('ends an upload, and its stream', () =>
    withServer({ '/a': silent }, async (http, { origin }) => {
      const controller = new AbortController();
      const body = new Readable({
        read() {
          setTimeout(() => this.push(Buffer.alloc(10)), 5);
        },
      });
      const request = http.request({
        url: `${origin}/a`,
        method: 'PUT',
        body,
        contentLength: 1e9,
        signal: controller.signal,
      });
      setTimeout(() => controller.abort(), 20);
      expect(await failureOf(request)).toMatchObject(reason);
      if (!body.destroyed) await once(body, 'close');
    }));

  it('ends a request that waits for a free connection', () =>
    withServer(
      { '/a': silent },
      async (http, { origin, visits }) => {
        const first = failureOf(http.request({ url: `${origin}/a` }));
        const controller = new AbortController();
        const second = http.request({ url: `${origin}/a`, signal: controller.signal });
        setTimeout(() => controller.abort(), 50);
        expect(await failureOf(second)).toMatchObject(reason);
        expect(visits.length).toBeLessThanOrEqual(1);
        await http.close();
        await first;
      },
      { ...direct, connections: 1 },
    ));
});

describe('connections', () => {
  it('are used again', () =>
    withServer({ '/a': 'x' }, async (http, { origin, connections }) => {
      for (let n = 0; n < 5; n++) await (await http.request({ url: `${origin}/a` })).text(10);
      for (let n = 0; n < 5; n++) await (await http.request({ url: `${origin}/a` })).discard();
      // A second one, because a socket rests for a turn of the event loop before it is used again.
      expect(connections()).toBeLessThanOrEqual(2);
    }));

  it('are not kept for the sake of a long answer that nobody wants', () =>
    withServer({ '/a': endless() }, async (http, { origin }) => {
      const response = await http.request({ url: `${origin}/a` });
      await response.discard();
      expect(response.body.destroyed).toBe(true);
    }));

  it('are bounded', () =>
    withServer(
      { '/a': (_, response) => void setTimeout(() => response.end('x'), 20) },
      async (http, { origin, connections }) => {
        const requests = Array.from({ length: 20 }, () => http.request({ url: `${origin}/a` }));
        for (const request of requests) await (await request).discard();
        expect(connections()).toBeLessThanOrEqual(3);
      },
      { ...direct, connections: 3 },
    ));

  it('end at once when the client is closed: idle, waiting, receiving and sending', () =>
    withServer({ '/a': silent, '/b': endless(), '/c': 'x' }, async (http, { origin }) => {
      await (await http.request({ url: `${origin}/c` })).discard();
      const waiting = failureOf(http.request({ url: `${origin}/a` }));
      const body = new Readable({ read: () => undefined });
      const sending = failureOf(http.request({ url: `${origin}/a`, method: 'PUT', body, contentLength: 9 }));
      const receiving = await http.request({ url: `${origin}/b` });
      const received = failureOf(receiving.text(1e12));
      await http.close();
      expect((await waiting).code).toBe('ABORTED');
      expect((await sending).code).toBe('ABORTED');
      expect((await received).code).toBe('ABORTED');
      await failureOf(http.request({ url: `${origin}/c` }));
      await http.close();
    }));
});

describe('text', () => {
  const plain = 'Grüße'.repeat(1000);
  const encoded = (encoding: string, bytes: Buffer): Handler => {
    return (_, response) => void response.writeHead(200, { 'content-encoding': encoding }).end(bytes);
  };

  it.each([
    ['gzip', gzipSync(plain)],
    ['x-gzip', gzipSync(plain)],
    ['GZIP', gzipSync(plain)],
    ['deflate', deflateSync(plain)],
    ['br', brotliCompressSync(plain)],
    ['identity', Buffer.from(plain)],
  ])('is decoded: %s', (encoding, bytes) =>
    withServer({ '/a': encoded(encoding, bytes) }, async (http, { origin }) => {
      await expect((await http.request({ url: `${origin}/a` })).text(1e6)).resolves.toBe(plain);
    }),
  );

  it.each([
    ['text/html; charset=ISO-8859-1', Buffer.from('gr\xfcn', 'latin1')],
    ['text/html; charset="utf-8"', Buffer.from('grün')],
    ['text/html; charset=latin-1', Buffer.from('gr\xfcn', 'latin1')],
    ['text/html; charset=no-such-thing', Buffer.from('grün')],
    ['text/html', Buffer.from('grün')],
    ['text/html', Buffer.from('\uFEFFgrün')],
    ['text/html; charset=latin1', Buffer.from('\uFEFFgrün')],
    ['text/html', Buffer.from('\uFEFFgrün', 'utf16le')],
    ['text/html; charset=utf-16', Buffer.from('\uFEFFgrün', 'utf16le').swap16()],
  ])('of type %s', (type, bytes) =>
    withServer(
      { '/a': (_, response) => void response.writeHead(200, { 'content-type': type }).end(bytes) },
      async (http, { origin }) => {
        await expect((await http.request({ url: `${origin}/a` })).text(100)).resolves.toBe('grün');
      },
    ),
  );

  it.each(['', 'ü', 'grün', '\uFEFFgrün'])('joins bytes that come one by one: %j', (text) =>
    withServer(
      {
        '/a': async (_, response) => {
          for (const byte of Buffer.from(text)) {
            response.write(Buffer.of(byte));
            await new Promise((resolve) => setTimeout(resolve, 5));
          }
          response.end();
        },
      },
      async (http, { origin }) => {
        const read = (await http.request({ url: `${origin}/a` })).text(100);
        await expect(read).resolves.toBe(text.replace('\uFEFF', ''));
      },
    ),
  );

  it.each<[string, Handler, string]>([
    ['too long', endless(), 'TOO_LARGE'],
    ['a bomb', gzipBomb(50_000_000), 'TOO_LARGE'],
    ['gzip that is none', encoded('gzip', Buffer.from('plain text')), 'TRUNCATED'],
    ['gzip that is cut', encoded('gzip', gzipSync(plain).subarray(0, -20)), 'TRUNCATED'],
    ['encoded in a way we did not ask for', encoded('zstd', Buffer.from('x')), 'INVALID_LISTING'],
    ['encoded as an object’s member is named', encoded('constructor', Buffer.from('x')), 'INVALID_LISTING'],
  ])('is refused: %s', (_, handler, code) =>
    withServer({ '/a': handler }, async (http, { origin }) => {
      const response = await http.request({ url: `${origin}/a` });
      expect((await failureOf(response.text(1_000_000))).code).toBe(code);
      expect(response.body.destroyed).toBe(true);
    }),
  );

  it('may be exactly as long as allowed', () =>
    withServer({ '/a': 'abc' }, async (http, { origin }) => {
      await expect((await http.request({ url: `${origin}/a` })).text(3)).resolves.toBe('abc');
      const longer = await http.request({ url: `${origin}/a` });
      expect((await failureOf(longer.text(2))).code).toBe('TOO_LARGE');
    }));

  it('leaves the body itself as it was sent', () =>
    withServer({ '/a': encoded('gzip', gzipSync('x')) }, async (http, { origin }) => {
      const { body } = await http.request({ url: `${origin}/a` });
      const chunks: Buffer[] = [];
      for await (const chunk of body) chunks.push(chunk as Buffer);
      expect(Buffer.concat(chunks)).toEqual(gzipSync('x'));
    }));
});
