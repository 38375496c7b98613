/** Orders by code units, as `sort` does by itself: no locale has a say in what is written or told. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
