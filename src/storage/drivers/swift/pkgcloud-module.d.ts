/** pkgcloud has no types of its own; this is the part that `pkgcloud.ts` uses. */
declare module 'pkgcloud' {
  const pkgcloud: {
    readonly storage: { createClient(options: Readonly<Record<string, unknown>>): unknown };
  };
  export default pkgcloud;
}
