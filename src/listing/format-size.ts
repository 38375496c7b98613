const units = ['kB', 'MB', 'GB', 'TB'];

/** Bytes for people, in powers of 1000 as PyPI shows them: `18.4 MB`. */
export function formatSize(sizeBytes: number): string {
  if (sizeBytes < 1000) return `${sizeBytes} B`;
  let size = sizeBytes;
  let unit = 'B';
  for (const next of units) {
    if (size < 999.5) break; // 999.95 MB would be shown as 1000 MB
    size /= 1000;
    unit = next;
  }
  return `${size < 99.95 ? size.toFixed(1) : size.toFixed(0)} ${unit}`;
}
