/** hash-wasm has types for the whole only; this is the part that `hash-file.ts` loads. */
declare module 'hash-wasm/dist/blake2b.umd.min.js' {
  import type { createBLAKE2b } from 'hash-wasm';
  const blake2b: { readonly createBLAKE2b: typeof createBLAKE2b };
  export default blake2b;
}
