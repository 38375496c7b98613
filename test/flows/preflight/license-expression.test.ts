import { describe, expect, it } from 'vitest';
import { licenseExpressionFlaw } from '../../../src/flows/preflight/license-expression.ts';

describe('licenseExpressionFlaw', () => {
  it.each([
    'MIT',
    'mit',
    'GPL-2.0+',
    'MIT AND (Apache-2.0 OR BSD-2-Clause)',
    '((MIT))',
    'MIT  or\tApache-2.0',
    'GPL-2.0-or-later WITH Classpath-exception-2.0 OR MIT',
    'LicenseRef-Proprietary',
    'licenseref-Public.Domain-1',
  ])('finds nothing in %j', (text) => {
    expect(licenseExpressionFlaw(text)).toBeUndefined();
  });

  it.each([
    ['MIT License', '“License” cannot stand after “MIT”'],
    ['MIT AND AND Apache-2.0', '“AND” cannot stand after “AND”'],
    ['OR MIT', '“OR” cannot stand at its beginning'],
    ['()', '“)” cannot stand after “(”'],
    ['MIT (Apache-2.0)', '“(” cannot stand after “MIT”'],
    ['(MIT) WITH Classpath-exception-2.0', '“WITH” cannot stand after “)”'],
    ['MIT WITH a WITH b', '“WITH” cannot stand after “a”'],
    ['MIT WITH (a)', '“(” cannot stand after “WITH”'],
    ['MIT OR', 'it ends in “OR”'],
    ['MIT WITH', 'it ends in “WITH”'],
    ['(MIT', 'its parentheses are not in pairs'],
    ['MIT) OR (MIT', 'its parentheses are not in pairs'],
    ['MIT, BSD', '“MIT,” is no identifier of SPDX'],
    ['MIT/Apache-2.0', '“MIT/Apache-2.0” is no identifier of SPDX'],
    ['MIT++', '“MIT++” is no identifier of SPDX'],
    ['LicenseRef-My_License', '“LicenseRef-My_License” is no identifier of SPDX'],
    ['LicenseRef-x+', '“LicenseRef-x+” is no identifier of SPDX'],
    ['NOASSERTION', '“NOASSERTION” is no identifier of SPDX'],
    ['', 'it is empty'],
  ])('finds in %j that %s', (text, flaw) => {
    expect(licenseExpressionFlaw(text)).toBe(flaw);
  });

  it('comes to its end on hostile text', () => {
    expect(licenseExpressionFlaw('('.repeat(100_000))).toBe('its parentheses are not in pairs');
  });
});
