import importX from 'eslint-plugin-import-x';
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import tseslint from 'typescript-eslint';

/** Each room of the house, and the rooms it may import from. DESIGN: the direction of imports. */
const mayImport = {
  model: [],
  listing: ['model'],
  io: ['model', 'listing'],
  storage: ['model', 'listing', 'io'],
  registry: ['model', 'listing', 'io'],
  wheelhouse: ['model', 'listing', 'io', 'storage'],
  config: ['model'],
  flows: ['model', 'listing', 'io', 'storage', 'registry', 'wheelhouse'],
  cli: ['model', 'listing', 'io', 'storage', 'registry', 'wheelhouse', 'flows', 'config'],
};

const zones = Object.entries(mayImport).map(([room, allowed]) => ({
  target: `./src/${room}`,
  from: './src',
  except: [room, ...allowed].map((name) => `./${name}`),
  message: `src/${room} may import only from: ${[room, ...allowed].join(', ')}.`,
}));

export default tseslint.config(
  { ignores: ['build/', 'coverage/', 'fixtures/', 'demo/out/', 'bench/out/'] },
  {
    files: ['src/**/*.ts', 'test/**/*.ts', '*.config.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { 'import-x': importX },
    settings: { 'import-x/resolver-next': [createTypeScriptImportResolver()] },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      'import-x/no-cycle': 'error',
      'import-x/no-restricted-paths': ['error', { zones }],
      eqeqeq: 'error',
    },
  },
  {
    // The model and the listing are pure: no file system, network, console or clock.
    files: ['src/model/**/*.ts', 'src/listing/**/*.ts'],
    rules: {
      'no-restricted-imports': ['error', { patterns: ['node:fs*', 'node:http*', 'node:net', 'undici'] }],
      'no-restricted-globals': ['error', 'console', 'process', 'fetch', 'setTimeout'],
      'no-restricted-properties': ['error', { object: 'Date', property: 'now' }],
    },
  },
  {
    // The core tells events; only the command line prints.
    files: ['src/**/*.ts'],
    rules: { 'no-console': 'error' },
  },
  {
    files: ['test/**/*.ts'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
);
