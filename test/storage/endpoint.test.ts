import { describe, expect, it } from 'vitest';
import { parseEndpoint } from '../../src/storage/endpoint.ts';

describe('an endpoint', () => {
  it.each(['http://127.0.0.1:9000', 'https://s3.example.org/path/'])('may be %s', (text) => {
    expect(parseEndpoint(text, 'https://host').href).toBe(new URL(text).href);
  });

  it.each([
    's3.example.org',
    'ftp://s3.example.org',
    'https://me:mine@s3.example.org',
    'https://me@s3.example.org',
    'https://s3.example.org?sig=mine',
    'https://s3.example.org#mine',
    '',
  ])('cannot be %j', (text) => {
    expect(() => parseEndpoint(text, 'https://host', 'address of it')).toThrow(
      expect.objectContaining({
        code: 'CONFIG',
        message: 'the address of it is not an http(s) URL without user info and query',
        hint: 'give it as in --endpoint https://host',
      }) as Error,
    );
  });
});
