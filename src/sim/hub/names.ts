/** `owner/name` as the Hub allows it. */
export function isRepoId(id: string): boolean {
  return /^[A-Za-z0-9][\w.-]{0,94}\/[A-Za-z0-9][\w.-]{0,94}$/.test(id) && !id.includes('..') && !id.endsWith('.git');
}

/** A path of a file that stays inside its repository, on every system. */
export function isFilePath(path: string): boolean {
  const segments = path.split('/');
  const plain = (segment: string) => /^[^\\:\p{Cc}]{1,255}$/u.test(segment) && segment !== '.' && segment !== '..';
  return path.length <= 1_024 && segments.every(plain) && segments[0] !== '.git';
}

/** Binary by name, or too big for git itself: such files go through LFS. */
export function isLargeFile(path: string, sizeBytes: number): boolean {
  return sizeBytes > 10_000_000 || /\.(parquet|arrow|bin|gz|zip|zst|db|sqlite|png|jpg)$/i.test(path);
}
