import { describe, expect, it } from 'vitest';
import { isPlainFilename, parseDistributionFilename } from '../../src/model/filename.ts';

describe('parseDistributionFilename: wheels', () => {
  /** file name, project, version, build, Python tags, ABI tags, platform tags */
  it.each([
    ['project-1.0-py2.py3-none-any.whl', 'project', '1.0', undefined, 'py2 py3', 'none', 'any'],
    ['scikit_learn-0.15.2-cp34-none-win32.whl', 'scikit_learn', '0.15.2', undefined, 'cp34', 'none', 'win32'],
    ['project-0.1-cp27-none-win32.whl', 'project', '0.1', undefined, 'cp27', 'none', 'win32'],
    [
      'scikit_learn-0.15.1-cp34-cp34m-macosx_10_6_intel.macosx_10_9_intel.macosx_10_9_x86_64.whl',
      'scikit_learn',
      '0.15.1',
      undefined,
      'cp34',
      'cp34m',
      'macosx_10_6_intel macosx_10_9_intel macosx_10_9_x86_64',
    ],
    [
      'numpy-2.1.3-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl',
      'numpy',
      '2.1.3',
      undefined,
      'cp312',
      'cp312',
      'manylinux_2_17_x86_64 manylinux2014_x86_64',
    ],
    ['sklearn_template-0.0.3-py3-none-any.whl', 'sklearn_template', '0.0.3', undefined, 'py3', 'none', 'any'],
    ['foo-1.0-1-py3-none-any.whl', 'foo', '1.0', '1', 'py3', 'none', 'any'],
    ['foo-1.0-1000abc-py3-none-any.whl', 'foo', '1.0', '1000abc', 'py3', 'none', 'any'],
    ['foo-1.0-2_local.x-py3-none-any.whl', 'foo', '1.0', '2_local.x', 'py3', 'none', 'any'],
    [
      'foo-1.0-pp310-pypy310_pp73-win_amd64.whl',
      'foo',
      '1.0',
      undefined,
      'pp310',
      'pypy310_pp73',
      'win_amd64',
    ],
    [
      'foo-1.0-cp313-cp313t-musllinux_1_2_aarch64.whl',
      'foo',
      '1.0',
      undefined,
      'cp313',
      'cp313t',
      'musllinux_1_2_aarch64',
    ],
    [
      'foo-1.0-cp38-abi3-ios_13_0_arm64_iphoneos.whl',
      'foo',
      '1.0',
      undefined,
      'cp38',
      'abi3',
      'ios_13_0_arm64_iphoneos',
    ],
    [
      'foo-1.0-cp310.cp311-abi3.none-win32.win_arm64.whl',
      'foo',
      '1.0',
      undefined,
      'cp310 cp311',
      'abi3 none',
      'win32 win_arm64',
    ],
    ['some_PACKAGE-1.0-py3-none-any.whl', 'some_PACKAGE', '1.0', undefined, 'py3', 'none', 'any'],
    [
      'zope.interface-7.0-cp313-cp313-win32.whl',
      'zope.interface',
      '7.0',
      undefined,
      'cp313',
      'cp313',
      'win32',
    ],
    ['foo_bár-1.0-py3-none-any.whl', 'foo_bár', '1.0', undefined, 'py3', 'none', 'any'],
    ['2to3-1.0-py3-none-any.whl', '2to3', '1.0', undefined, 'py3', 'none', 'any'],
    // spellings of versions that are not the normal one
    [
      'scikit_learn-0.15.2.dev-cp34-none-win32.whl',
      'scikit_learn',
      '0.15.2.dev0',
      undefined,
      'cp34',
      'none',
      'win32',
    ],
    [
      'scikit_learn-0.15.dev0+local3-cp27-none-win32.whl',
      'scikit_learn',
      '0.15.dev0+local3',
      undefined,
      'cp27',
      'none',
      'win32',
    ],
    [
      'package-1.0.dev0+001_local1-cp34-none-win32.whl',
      'package',
      '1.0.dev0+1.local1',
      undefined,
      'cp34',
      'none',
      'win32',
    ],
    [
      'package-1.1.dev+local1-cp34-none-win32.whl',
      'package',
      '1.1.dev0+local1',
      undefined,
      'cp34',
      'none',
      'win32',
    ],
    [
      'proj-0.1.dev0+20151214030042_deadbeef-py2.py3-none-any.whl',
      'proj',
      '0.1.dev0+20151214030042.deadbeef',
      undefined,
      'py2 py3',
      'none',
      'any',
    ],
    ['foo-1!2.0-py3-none-any.whl', 'foo', '1!2.0', undefined, 'py3', 'none', 'any'],
    ['foo-v1.0RC1-py3-none-any.whl', 'foo', '1.0rc1', undefined, 'py3', 'none', 'any'],
    ['foo-1.0_post1-py3-none-any.whl', 'foo', '1.0.post1', undefined, 'py3', 'none', 'any'],
  ])('%s', (filename, project, version, build, pythons, abis, platforms) => {
    expect(parseDistributionFilename(filename)).toEqual({
      ok: true,
      value: {
        kind: 'wheel',
        project,
        version,
        pythonTags: pythons.split(' '),
        abiTags: abis.split(' '),
        platformTags: platforms.split(' '),
        ...(build === undefined ? {} : { build }),
      },
    });
  });

  it('has no build key where there is no build tag', () => {
    const parsed = parseDistributionFilename('project-1.0-py3-none-any.whl');
    expect(parsed.ok && 'build' in parsed.value).toBe(false);
  });

  it.each([
    ['foo-1.0.whl', '5 or 6 parts'],
    ['foo.whl', '5 or 6 parts'],
    ['foo-1.0-py3-none.whl', '5 or 6 parts'],
    ['foo-1.0-200-py3-none-any-junk.whl', '5 or 6 parts'],
    ['foo-1.0-1-2-3-py3-none-any.whl', '5 or 6 parts'],
    ['foo__bar-1.0-py3-none-any.whl', 'project name'],
    ['foo#bar-1.0-py3-none-any.whl', 'project name'],
    ['foo bar-1.0-py3-none-any.whl', 'project name'],
    ['-1.0-py3-none-any.whl', 'project name'],
    ['_-1.0-py3-none-any.whl', 'project name'],
    ['foo\u0663-1.0-py3-none-any.whl', 'project name'],
    ['foobar-1.x-py3-none-any.whl', 'version'],
    ['foobar--py3-none-any.whl', 'version'],
    ['foobar-1.\u0660-py3-none-any.whl', 'version'],
    ['foobar- 1.0-py3-none-any.whl', 'version'],
    ['foobar-1.0+-py3-none-any.whl', 'version'],
    ['foo-1.0-abc-py3-none-any.whl', 'build tag'],
    ['foo-1.0--py3-none-any.whl', 'build tag'],
    ['foo-1.0-\u0661-py3-none-any.whl', 'build tag'],
    ['foo-1.0-1 2-py3-none-any.whl', 'build tag'],
    ['foo-1.0--none-any.whl', 'Python tag'],
    ['foo-1.0-3-none-any.whl', 'Python tag'],
    ['foo-1.0-py2..py3-none-any.whl', 'Python tag'],
    ['foo-1.0-.py3-none-any.whl', 'Python tag'],
    ['foo-1.0-py\u0663-none-any.whl', 'Python tag'],
    ['foo-1.0-py3--any.whl', 'ABI tag'],
    ['foo-1.0-py3-none.-any.whl', 'ABI tag'],
    ['foo-1.0-py3-none-.whl', 'platform tag'],
    ['foo-1.0-py3-none-any..whl', 'platform tag'],
    ['foo-1.0-py3-none-win 32.whl', 'platform tag'],
  ])('refuses %j: its %s', (filename, reason) => {
    const parsed = parseDistributionFilename(filename);
    expect(parsed).toEqual({ ok: false, reason: expect.stringContaining(reason) as string });
  });
});

describe('parseDistributionFilename: sdists', () => {
  it.each([
    ['scikit-learn-0.15.1.tar.gz', 'scikit-learn', '0.15.1'],
    ['scikit-learn-0.15.1.zip', 'scikit-learn', '0.15.1'],
    ['scikit_learn-1.5.0.tar.gz', 'scikit_learn', '1.5.0'],
    ['python-dateutil-2.8.2.tar.gz', 'python-dateutil', '2.8.2'],
    ['zope.interface-7.0.tar.gz', 'zope.interface', '7.0'],
    ['foo-1.0.dev.tar.gz', 'foo', '1.0.dev0'],
    ['foo-1.0+local_1.tar.gz', 'foo', '1.0+local.1'],
    ['foo-1!2.tar.gz', 'foo', '1!2'],
    ['foo-v1.0.tar.gz', 'foo', '1.0'],
    ['py2-ipaddress-3.4.1.tar.gz', 'py2-ipaddress', '3.4.1'],
    ['foo-2-1.0.tar.gz', 'foo-2', '1.0'],
    ['my__old--name-1.0.zip', 'my__old--name', '1.0'],
    ['foo.tar.gz-1.0.zip', 'foo.tar.gz', '1.0'],
    ['5-2.0.tar.gz', '5', '2.0'],
    ['bár-1.0.tar.gz', 'bár', '1.0'],
    // The last dash counts where both sides of it would do: packaging's rule.
    ['foo-1.0-1.tar.gz', 'foo-1.0', '1'],
    // An old spelling, which packaging refuses: only one split gives a version.
    ['foo-1.0-beta.tar.gz', 'foo', '1.0b0'],
    ['foo-1.0-rc-1.dev-2.tar.gz', 'foo-1.0-rc-1.dev', '2'],
    ['foo-1.0-dev.tar.gz', 'foo', '1.0.dev0'],
    ['foo-bar-1.0-alpha.zip', 'foo-bar', '1.0a0'],
  ])('%s', (filename, project, version) => {
    expect(parseDistributionFilename(filename)).toEqual({
      ok: true,
      value: { kind: 'sdist', project, version },
    });
  });

  it.each([
    ['foo.tar.gz', 'dash and a valid version'],
    ['foo-.tar.gz', 'dash and a valid version'],
    ['foo-x.tar.gz', 'dash and a valid version'],
    ['-1.0.tar.gz', 'dash and a valid version'],
    ['foo-1.0 .tar.gz', 'dash and a valid version'],
    ['foo- 1.0.tar.gz', 'dash and a valid version'],
    ['foo-1.\u0660.tar.gz', 'dash and a valid version'],
    [`${'-'.repeat(240)}.tar.gz`, 'dash and a valid version'],
    ['foo--1.0.tar.gz', 'project name'],
    ['a b-1.0.tar.gz', 'project name'],
    ['foo+bar-1.0.tar.gz', 'project name'],
    ['-foo-1.0.tar.gz', 'project name'],
  ])('refuses %j: %s', (filename, reason) => {
    expect(parseDistributionFilename(filename)).toEqual({
      ok: false,
      reason: expect.stringContaining(reason) as string,
    });
  });
});

describe('parseDistributionFilename: Windows installers', () => {
  it.each([
    ['scikit-learn-0.15.1rc.win-amd64-py2.7.exe', 'scikit-learn', '0.15.1rc0', 'py27', 'win_amd64'],
    ['scikit-learn-0.15.2.win32-py2.7.exe', 'scikit-learn', '0.15.2', 'py27', 'win32'],
    ['sklearn-template-0.0.3.win32.exe', 'sklearn-template', '0.0.3', '', 'win32'],
    ['sklearn-template-0.0.3.win-amd64.exe', 'sklearn-template', '0.0.3', '', 'win_amd64'],
    ['foo-1.0.win-arm64-py3.9.exe', 'foo', '1.0', 'py39', 'win_arm64'],
  ])('%s', (filename, project, version, python, platform) => {
    expect(parseDistributionFilename(filename)).toEqual({
      ok: true,
      value: {
        kind: 'wininst',
        project,
        version,
        pythonTags: python === '' ? [] : [python],
        platformTags: [platform],
      },
    });
  });

  it.each([
    'setup.exe',
    'foo-1.0.exe',
    'foo-1.0-py2.7.exe',
    'foo-1.0.linux-py2.7.exe',
    'foo.win32-py2.7.exe',
    'foo-x.win32.exe',
    '.win32.exe',
    'numpy-1.9.0-win32-superpack-python2.7.exe',
  ])('refuses %s', (filename) => {
    expect(parseDistributionFilename(filename).ok).toBe(false);
  });
});

describe('parseDistributionFilename: everything else', () => {
  it.each([
    'README',
    'foo-1.0.tar.bz2',
    'foo-1.0.tgz',
    'foo-1.0.tar.xz',
    'foo-1.0-py3.7.egg',
    'foo-1.0-py3-none-any.wheel',
    'foo-1.0-py3-none-any.WHL',
    'foo-1.0-py3-none-any.whl.metadata',
    'foo-1.0-py3-none-any.whl.asc',
    'index.html',
    'foo-1.0.linux-x86_64.tar',
    'whl',
  ])('passes over %s with the reason', (filename) => {
    expect(parseDistributionFilename(filename)).toEqual({
      ok: false,
      reason: 'not a wheel (.whl), sdist (.tar.gz, .zip) or Windows installer (.exe)',
    });
  });

  it.each([
    '../foo-1.0.tar.gz',
    'a/foo-1.0.tar.gz',
    '/foo-1.0.tar.gz',
    '..\\foo-1.0.tar.gz',
    'C:foo-1.0.tar.gz',
    'foo-1.0-py3-none-any.whl\0',
    'foo\0-1.0-py3-none-any.whl',
    'foo\n-1.0.tar.gz',
    '.foo-1.0.tar.gz',
    '',
    '.whl',
    '.tar.gz',
    'nul.whl',
    `${'a'.repeat(1_000_000)}-1.0-py3-none-any.whl`,
    `${'-1.0'.repeat(250_000)}.tar.gz`,
    `foo-1.0-${'py3.'.repeat(100_000)}py3-none-any.whl`,
    '.win32'.repeat(100_000) + '.exe',
    `foo-1.0${'é'.repeat(124)}.tar.gz`,
  ])('refuses what is no plain name (%#)', (filename) => {
    expect(parseDistributionFilename(filename)).toEqual({ ok: false, reason: 'not a plain file name' });
  });
});

describe('isPlainFilename', () => {
  it.each([
    'foo-1.0-py3-none-any.whl',
    'foo-1!1.0+local.1-py3-none-any.whl',
    'a',
    'a..b',
    'foo bar.txt',
    'föö.zip',
    'control.whl',
    'console.tar.gz',
    'nulled-1.0.zip',
    'com.whl',
    'lpt10.zip',
    'con-1.0.tar.gz',
    'a'.repeat(255),
    'é'.repeat(127),
    '🎡.zip',
  ])('%s is one', (name) => {
    expect(isPlainFilename(name)).toBe(true);
  });

  it.each([
    '',
    '.',
    '..',
    '...',
    '.hidden',
    'a/b',
    'a\\b',
    '/a',
    'a/',
    'a\0b',
    'a\nb',
    'a\tb',
    'a\x1bb',
    'a\x7fb',
    'a\x9fb',
    'a\u2028b',
    'a\u202Eb', // turns the rest of the line around: gnp.exe reads as exe.png
    'a\u200Bb',
    '\uFEFFa',
    'a\uD800b',
    'a:b',
    'C:a',
    'a*b',
    'a?b',
    'a"b',
    'a<b',
    'a>b',
    'a|b',
    'a.',
    'a ',
    'con',
    'CON',
    'nul.whl',
    'Aux.tar.gz',
    'prn.1',
    'com1.zip',
    'COM¹.zip',
    'lpt9',
    'nul .txt',
    'a'.repeat(256),
    'é'.repeat(128),
    '🎡'.repeat(64),
    '/'.repeat(1_000_000),
  ])('%j is none', (name) => {
    expect(isPlainFilename(name)).toBe(false);
  });
});
