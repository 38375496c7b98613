import { describe, expect, it } from 'vitest';
import { markerFlaw } from '../../../src/flows/preflight/marker-syntax.ts';

describe('markerFlaw', () => {
  it.each([
    'python_version < "3.11"',
    "extra=='test'",
    '"linux" in sys_platform',
    'sys_platform not  in "win32 cygwin"',
    'python_version<"3"and(os.name=="nt"or platform.machine != \'x86_64\')',
    '((extra == "a"))',
    'python_full_version ~= "3.8" and implementation_name === "cpython"',
    '"a" == "b"',
  ])('finds nothing in %j', (text) => {
    expect(markerFlaw(text)).toBeUndefined();
  });

  it.each([
    ['', 'it is empty'],
    ['python_version', 'it ends in “python_version”'],
    ['python_version < 3', '“3” is no variable of markers, and not quoted'],
    ['PYTHON_VERSION < "3"', '“PYTHON_VERSION” is no variable of markers, and not quoted'],
    ['python_version < "3" and', 'it ends in “and”'],
    ['and python_version < "3"', '“and” cannot stand at its beginning'],
    ['python_version < "3" "4"', '“"4"” cannot stand after “"3"”'],
    ['(python_version < "3"', 'its parentheses are not in pairs'],
    ['python_version < "3")', 'its parentheses are not in pairs'],
    ['python_version < "3', '“"” is no variable of markers, and not quoted'],
    ['python_version < "3";', '“;” is no variable of markers, and not quoted'],
    ['not extra == "a"', '“not” is no variable of markers, and not quoted'],
  ])('finds in %j that %s', (text, flaw) => {
    expect(markerFlaw(text)).toBe(flaw);
  });

  it('comes to its end on hostile text', () => {
    expect(markerFlaw('('.repeat(100_000))).toBe('its parentheses are not in pairs');
    expect(markerFlaw(`"${"'".repeat(100_000)}`)).toBe('“"” is no variable of markers, and not quoted');
  });
});
