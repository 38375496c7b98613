import { describe, expect, it } from 'vitest';
import { passesProxyBy } from '../../src/io/no-proxy.ts';

// A host that curl or Python's requests passes by is passed by here; neither has all of these forms.
describe('NO_PROXY', () => {
  it.each<[noProxy: string, url: string, passesBy: boolean]>([
    ['', 'http://a.example/', false],
    [' , ,', 'http://a.example/', false],
    ['*', 'http://a.example/', true],
    [' * ', 'http://a.example/', true],
    ['b.example,*', 'http://a.example/', false],
    ['a.example', 'http://a.example/', true],
    ['A.Example', 'http://a.example/', true],
    ['b.example, a.example', 'https://a.example/', true],
    ['b.example a.example', 'https://a.example/', true],
    ['a.example.', 'https://a.example/', true],
    ['a.example', 'https://a.example./', true],
    ['example', 'http://a.example/', true],
    ['.example', 'http://a.example/', true],
    ['*.example', 'http://a.example/', true],
    ['.a.example', 'http://a.example/', true],
    ['a.example', 'http://ba.example/', false],
    ['a.example:8080', 'http://a.example:8080/', true],
    ['a.example:8080', 'http://a.example/', false],
    ['a.example:80', 'http://a.example/', true],
    ['a.example:443', 'https://a.example/', true],
    ['a.example:80', 'https://a.example/', false],
    ['10.1.2.3', 'http://10.1.2.3/', true],
    ['1.2.3', 'http://10.1.2.3/', false],
    ['10.0.0.0/8', 'http://10.1.2.3/', true],
    ['10.0.0.0/8', 'http://11.1.2.3/', false],
    ['127.0.0.1/32', 'http://127.0.0.1:8080/', true],
    ['192.168.1.0/24', 'https://192.168.1.77/', true],
    ['192.168.1.0/33', 'https://192.168.1.77/', false],
    ['192.168.1.0/x', 'https://192.168.1.77/', false],
    ['192.168.1.0/24/24', 'https://192.168.1.77/', false],
    ['10.0.0.0/8', 'http://10.example/', false],
    ['::1', 'http://[::1]/', true],
    ['[::1]', 'http://[::1]:8080/', true],
    ['[::1]:8080', 'http://[::1]:8080/', true],
    ['[::1]:8080', 'http://[::1]/', false],
    ['0:0:0:0:0:0:0:1', 'http://[::1]/', true],
    ['fd00::/8', 'http://[fd12:3456::1]/', true],
    ['fd00::/8', 'http://[fe80::1]/', false],
    ['10.0.0.0/8', 'http://[fd12::1]/', false],
  ])('%j and %s', (noProxy, url, passesBy) => {
    expect(passesProxyBy(new URL(url), noProxy)).toBe(passesBy);
  });
});
