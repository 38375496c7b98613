export { normalizeName } from './model/name.ts';
