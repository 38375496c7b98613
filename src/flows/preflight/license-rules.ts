import { licenseExpressionFlaw } from './license-expression.ts';
import { many, metadataAge, one } from './metadata-field.ts';
import type { Rule } from './rule.ts';

/** Rules about the fields of core metadata that tell of the licence: PEP 639, by way of packaging.metadata. */
export const licenseRules: readonly Rule[] = [
  {
    name: 'license-twice',
    registry: 'pypi',
    check: ({ metadata }) =>
      one(metadata, 'license') !== undefined && one(metadata, 'license_expression') !== undefined
        ? ['License and License-Expression are both set: keep License-Expression']
        : [],
  },
  {
    name: 'license-expression',
    registry: 'pypi',
    check: ({ metadata }) => {
      const expression = one(metadata, 'license_expression');
      const flaw = expression === undefined ? undefined : licenseExpressionFlaw(expression);
      if (flaw === undefined) return [];
      return [`License-Expression: ${expression}: ${flaw}; write it as in MIT OR Apache-2.0`];
    },
  },
  {
    name: 'license-file-path',
    registry: 'pypi',
    check: ({ metadata }) =>
      metadataAge(metadata) < metadataAge('2.4')
        ? []
        : many(metadata, 'license_file')
            .filter((path) => path.includes('..') || path.includes('*') || /^\/|^[a-z]:|\\/i.test(path))
            .map((path) => `License-File ${path} must be a plain relative path with /`),
  },
];
