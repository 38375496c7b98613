import { describe, expect, it } from 'vitest';
import { parsePage } from '../../src/listing/parse.ts';

const url = 'https://host.example/wheels/';
const wheel = 'demo-1.0+x-py3-none-any.whl';

/** How servers write the listing of a folder with that wheel, an sdist and a folder `old`. */
const listings = {
  Apache: `<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2 Final//EN">
<html><head><title>Index of /wheels</title></head><body><h1>Index of /wheels</h1>
<table><tr><th valign="top"><img src="/icons/blank.gif" alt="[ICO]"></th><th><a href="?C=N;O=D">Name</a></th><th><a href="?C=M;O=A">Last modified</a></th><th><a href="?C=S;O=A">Size</a></th><th><a href="?C=D;O=A">Description</a></th></tr>
<tr><td valign="top"><img src="/icons/back.gif" alt="[PARENTDIR]"></td><td><a href="/">Parent Directory</a></td><td>&nbsp;</td></tr>
<tr><td><a href="demo-1.0+x-py3-none-any.whl">demo-1.0+x-py3-none-a..&gt;</a></td><td align="right">2026-01-01 10:00  </td><td align="right"> 12K</td></tr>
<tr><td><a href="demo-1.0.tar.gz">demo-1.0.tar.gz</a></td></tr>
<tr><td><a href="old/">old/</a></td></tr>
</table><address>Apache/2.4.62 (Debian) Server at host.example Port 443</address></body></html>`,
  'Apache, plain': `<html><head><title>Index of /wheels</title></head><body><h1>Index of /wheels</h1>
<pre><img src="blank.gif" alt="Icon "> <a href="?C=N;O=D">Name</a> <hr><img src="back.gif" alt="[DIR]"> <a href="/">Parent Directory</a>
<img src="x.gif"> <a href="demo-1.0%2bx-py3-none-any.whl">demo-1.0+x-py3-none-a..&gt;</a>
<a href="demo-1.0.tar.gz">demo-1.0.tar.gz</a> <a href="old/">old/</a> <hr></pre></body></html>`,
  nginx: `<html>\r\n<head><title>Index of /wheels/</title></head>\r\n<body>\r\n<h1>Index of /wheels/</h1><hr><pre><a href="../">../</a>\r\n<a href="old/">old/</a>   01-Jan-2026 10:00   -\r\n<a href="demo-1.0%2Bx-py3-none-any.whl">demo-1.0+x-py3-none-any.whl</a>  01-Jan-2026 10:00  12345\r\n<a href="demo-1.0.tar.gz">demo-1.0.tar.gz</a>  01-Jan-2026 10:00  12345\r\n</pre><hr></body>\r\n</html>\r\n`,
  lighttpd: `<!DOCTYPE html><html><head><title>Index of /wheels/</title></head><body><h2>Index of /wheels/</h2><div class="list"><table><thead><tr><th class="n">Name</th></tr></thead><tbody>
<tr class="d"><td class="n"><a href="../">..</a>/</td></tr><tr class="d"><td class="n"><a href="old/">old</a>/</td></tr>
<tr><td class="n"><a href="demo-1.0%2bx-py3-none-any.whl">demo-1.0+x-py3-none-any.whl</a></td></tr>
<tr><td class="n"><a href="demo-1.0.tar.gz">demo-1.0.tar.gz</a></td></tr></tbody></table></div><div class="foot">lighttpd/1.4.76</div></body></html>`,
  Caddy: `<!DOCTYPE html><html><head><title>wheels/</title></head><body><header><h1><a href="../">/</a><a href="">wheels</a>/</h1></header>
<a href="./?sort=namedirfirst&order=desc">Name</a><a href="./?layout=grid">Grid</a>
<table><tr class="file"><td><a href="./old/"><span class="name">old</span></a></td></tr>
<tr class="file"><td><a href="./demo-1.0&#43;x-py3-none-any.whl"><span class="name">demo</span></a></td></tr>
<tr class="file"><td><a href="./demo-1.0.tar.gz"><span class="name">demo</span></a></td></tr></table>
<footer>Served with <a rel="noopener noreferrer" href="https://caddyserver.com">Caddy</a></footer></body></html>`,
  "Python's http.server": `<!DOCTYPE HTML>\n<html lang="en">\n<head><title>Directory listing for /wheels/</title></head>\n<body><ul>\n<li><a href="demo-1.0%2Bx-py3-none-any.whl">demo-1.0+x-py3-none-any.whl</a></li>\n<li><a href="demo-1.0.tar.gz">demo-1.0.tar.gz</a></li>\n<li><a href="old/">old/</a></li>\n</ul></body></html>`,
  'the Python wheelhouse-uploader': `<html><body><p>\n<li><a href="demo-1.0+x-py3-none-any.whl#sha256=ab">demo-1.0+x-py3-none-any.whl<a></li>\n<li><a href="demo-1.0.tar.gz">demo-1.0.tar.gz<a></li>\n<li><a href="old/">old<a></li>\n</p></body></html>`,
};

describe('listings of a folder', () => {
  it.each(Object.entries(listings))('%s', (_, body) => {
    const page = parsePage(body, { url, contentType: 'text/html;charset=UTF-8' });
    expect(page.links.map((link) => link.filename).sort()).toEqual([wheel, 'demo-1.0.tar.gz']);
    expect(page.links.map((link) => link.url.replace('%2b', '%2B')).sort()).toEqual([
      `${url}demo-1.0%2Bx-py3-none-any.whl`,
      `${url}demo-1.0.tar.gz`,
    ]);
    expect(page.folders).toEqual([`${url}old/`]);
  });

  it("GitHub's expanded assets", () => {
    const body = `<div data-view-component="true" class="Box"><ul data-view-component="true"><li class="Box-row">
<a href="/acme/demo/releases/download/v1.0%2Bx/demo-1.0.x-py3-none-any.whl" rel="nofollow" data-turbo="false" data-view-component="true" class="Truncate"><span class="Truncate-text text-bold">demo-1.0</span></a></li>
<li class="Box-row"><a href="/acme/demo/archive/refs/tags/v1.0.zip" rel="nofollow" data-turbo="false">Source code</a></li></ul></div>`;
    expect(
      parsePage(body, { url: 'https://github.com/acme/demo/releases/expanded_assets/v1.0%2Bx' }).links.map(
        (link) => link.url,
      ),
    ).toEqual([
      'https://github.com/acme/demo/releases/download/v1.0%2Bx/demo-1.0.x-py3-none-any.whl',
      'https://github.com/acme/demo/archive/refs/tags/v1.0.zip',
    ]);
  });

  it('gives the links of a page that is no listing: whether it is one, the caller decides', () => {
    const login = '<html><body><form action="/login"></form><a href="/help.html">Help</a></body></html>';
    expect(parsePage(login, { url }).links.map((link) => link.filename)).toEqual(['help.html']);
    expect(parsePage('', { url })).toEqual({ links: [], folders: [] });
    expect(parsePage('just text', { url, contentType: 'text/plain' })).toEqual({ links: [], folders: [] });
  });
});
