/** A key as the path of a URL: percent-encoded per segment, `+` included (S3 reads a bare one as a space). */
export function encodeKey(key: string): string {
  return key.split('/').map(encodeURIComponent).join('/');
}

/** The URL of a key below the URL of its container; without a key, the container's own, which ends in `/`. */
export function keyUrl(base: string, key = ''): string {
  return `${base.replace(/\/+$/, '')}/${encodeKey(key)}`;
}
