/** Whether this machine lets us mount something that nobody else sees. */
export const canMount =
  Bun.which('unshare') !== null && Bun.spawnSync(['unshare', '-rm', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).success;

/** Makes a command see that folder as a disk of its own, and then does what it reads from stdin: lines for a shell. */
export const onSmallDisk = (folder: string, kilobytes: number) => [
  ...['unshare', '-rm', 'sh', '-c', SMALL_DISK, folder, `${kilobytes}k`],
];

/** Makes a command see that folder read-only. */
export const onReadOnlyDisk = (folder: string) => ['unshare', '-rm', 'sh', '-c', READ_ONLY_DISK, folder];

const SMALL_DISK = `
mount -t tmpfs -o "size=$1" tmpfs "$0" && shift
"$@" </dev/null &
while read -r line; do eval "$line"; done
kill -9 $! 2>/dev/null`;

const READ_ONLY_DISK = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"';
