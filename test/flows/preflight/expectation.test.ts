import { describe, expect, it } from 'vitest';
import { findMissing, parseExpectation } from '../../../src/flows/preflight/expectation.ts';
import { parseDistributionFilename } from '../../../src/model/filename.ts';

const patterns = (text: string) => parseExpectation(text).map(({ pattern }) => pattern);

/** What is missing among files of these tags; `sdist` stands for one. */
function missing(text: string, tags: readonly string[]): string[] {
  const distributions = tags.map((tag) => {
    const parsed = parseDistributionFilename(tag === 'sdist' ? 'foo-1.0.tar.gz' : `foo-1.0-${tag}.whl`);
    if (!parsed.ok) throw new Error(parsed.reason);
    return parsed.value;
  });
  return findMissing(parseExpectation(text), distributions);
}

describe('parseExpectation', () => {
  it.each<[what: string, text: string, expanded: string[]]>([
    ['nothing', ' \n, ,\n# nothing\n', []],
    ['one', 'sdist', ['sdist']],
    [
      'commas, blanks and lines',
      'sdist,cp312-win32 cp313-win32\n\tcp314-win32',
      ['sdist', 'cp312-win32', 'cp313-win32', 'cp314-win32'],
    ],
    ['comments', '# all\nsdist # the source\r\ncp312-win32#x', ['sdist', 'cp312-win32']],
    ['a range', 'cp3{9..11}-win32', ['cp39-win32', 'cp310-win32', 'cp311-win32']],
    ['a range downwards', 'cp3{11..9}-win32', ['cp311-win32', 'cp310-win32', 'cp39-win32']],
    ['a list', 'cp312-{win32,win_amd64}', ['cp312-win32', 'cp312-win_amd64']],
    ['a list with a range in it', 'cp3{8,10..11}-win32', ['cp38-win32', 'cp310-win32', 'cp311-win32']],
    ['a list with blanks', 'cp312-{win32, win_amd64} sdist', ['cp312-win32', 'cp312-win_amd64', 'sdist']],
    ['an empty choice', 'cp313{,t}-win32', ['cp313-win32', 'cp313t-win32']],
    [
      'several',
      '{cp,pp}3{10..11}-win{32,_amd64}',
      [
        'cp310-win32',
        'cp310-win_amd64',
        'cp311-win32',
        'cp311-win_amd64',
        'pp310-win32',
        'pp310-win_amd64',
        'pp311-win32',
        'pp311-win_amd64',
      ],
    ],
    ['braces in braces', 'cp{310,31{1..2}}-win32', ['cp310-win32', 'cp311-win32', 'cp312-win32']],
    ['compressed tags', 'py2.py3-none-any', ['py2-none-any', 'py3-none-any']],
    ['the same twice', 'sdist sdist SDIST', ['sdist']],
    ['capitals', 'CP312-Win32', ['cp312-win32']],
  ])('reads %s', (_, text, expanded) => expect([...patterns(text)].sort()).toEqual([...expanded].sort()));

  it.each<[text: string, message: RegExp]>([
    ['cp3{10..13-win32', /“cp3\{10\.\.13-win32” .* braces/],
    ['cp310}-win32', /braces/],
    ['{{cp310}', /braces/],
    ['cp3{10..x}-win32', /range/],
    ['foo-1.0-py3-none-any', /three tags/],
    ['foo-1.0-py3-none-any.whl', /three tags/],
    ['cp312--win32', /letters, digits/],
    ['cp312-', /letters, digits/],
    ['cp312..cp313-win32', /letters, digits/],
    ['cp312-[win32]', /letters, digits/],
    ['{1..999999}', /more than 10000/],
    ['{a,b,c,d}'.repeat(12), /more than 10000/],
    ['a{1..200}.b-{1..200}.c', /more than 10000/],
  ])('refuses %s', (text, message) => {
    expect(() => parseExpectation(text)).toThrow(
      expect.objectContaining({ code: 'USAGE', message: expect.stringMatching(message) as string }) as Error,
    );
  });
});

describe('findMissing', () => {
  const linux = (python: string) => `cp${python}-cp${python}-manylinux_2_28_x86_64`;
  it.each<[what: string, text: string, tags: string[], missing: string[]]>([
    ['all there', 'sdist, cp312-win32', ['sdist', 'cp312-cp312-win32'], []],
    ['nothing expected', '', ['sdist'], []],
    ['an sdist', 'sdist', ['py3-none-any'], ['sdist']],
    ['a wheel, where only an sdist is', 'py3-none-any', ['sdist'], ['py3-none-any']],
    [
      'two of a range',
      'cp3{10..13}-manylinux_*_x86_64',
      [linux('310'), linux('312')],
      ['cp311-manylinux_*_x86_64', 'cp313-manylinux_*_x86_64'],
    ],
    ['another processor', 'cp312-manylinux_*_aarch64', [linux('312')], ['cp312-manylinux_*_aarch64']],
    ['another ABI', 'cp312-abi3-win32', ['cp312-cp312-win32'], ['cp312-abi3-win32']],
    [
      'the free-threaded build beside the other',
      'cp313-{cp313,cp313t}-win32',
      ['cp313-cp313-win32'],
      ['cp313-cp313t-win32'],
    ],
    ['no more than is written', 'cp312-win32', ['cp3120-cp312-win32', 'cp312-cp312-win32x'], ['cp312-win32']],
    [
      'each of compressed tags',
      'py2-none-any py3-none-any py4-none-any',
      ['py2.py3-none-any'],
      ['py4-none-any'],
    ],
    [
      'each of several platforms',
      'cp312-macosx_11_0_arm64, cp312-macosx_10_13_x86_64',
      ['cp312-cp312-macosx_10_13_x86_64.macosx_11_0_arm64'],
      [],
    ],
    [
      'a platform under its older name',
      'cp312-manylinux2014_x86_64',
      ['cp312-cp312-manylinux_2_17_x86_64'],
      [],
    ],
    ['a platform under its newer name', 'cp312-manylinux_*_x86_64', ['cp312-cp312-manylinux1_x86_64'], []],
    ['any wheel of a platform', 'win_amd64 win_arm64', ['cp312-cp312-win_amd64'], ['win_arm64']],
    ['any wheel of a Python', 'cp312 cp313', ['cp312-cp312-win_amd64'], ['cp313']],
    ['any wheel of an ABI', 'abi3', ['cp310-abi3-win_amd64'], []],
    ['anything', '*', ['sdist'], ['*']],
  ])('%s', (_, text, tags, expected) => expect(missing(text, tags)).toEqual(expected));

  it('refuses tag sets that multiply without end', () => {
    const set = Array.from({ length: 200 }, (_, i) => `t${i}`).join('.');
    expect(() => parseExpectation(`${set}-${set}`)).toThrow(/more than 10000/);
  });

  it('counts no build tag, and passes Windows installers over', () => {
    const parsed = parseDistributionFilename('foo-1.0.win32-py3.8.exe');
    expect(parsed.ok && findMissing(parseExpectation('py38'), [parsed.value])).toEqual(['py38']);
    const built = parseDistributionFilename('foo-1.0-2-cp312-cp312-win32.whl');
    expect(built.ok && findMissing(parseExpectation('cp312-win32'), [built.value])).toEqual([]);
  });
});
