import { access, constants, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { formatBytes, formatDuration } from '../lib/format.ts';
import { type Fetch, getJson } from '../lib/http.ts';
import { type Check, fail, ok, warn } from './check.ts';

/** Above it rows of several writers no longer line up. */
const CLOCK_WARN_MS = 2000;
/** Above it rows can land in the wrong cycle, and TLS itself begins to fail. */
const CLOCK_FAIL_MS = 60_000;
const DISK_WARN_BYTES = 1e9;
const DISK_FAIL_BYTES = 100e6;
const MEND_DISK = 'make room, or set DATA_DIR to another disk';

interface Ask {
  readonly fetch: Fetch;
  /** Wall clock, Unix ms. */
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
}

/** Can the Hub be reached, and does our clock agree with its own? */
export async function checkHub(hubEndpoint: string, ask: Ask): Promise<readonly Check[]> {
  const askedAtMs = ask.nowMs();
  const answer = await getJson(`${hubEndpoint}/api/models?limit=1`, ask, ask.signal);
  const answeredAtMs = ask.nowMs();
  if (!answer.ok) return [unreachable('hub', hubEndpoint, 'HF_ENDPOINT', answer.message)];
  const reached = ok('hub', `${hubEndpoint} answers in ${answeredAtMs - askedAtMs} ms`);
  return [reached, checkClock(answer.headers.get('date'), (askedAtMs + answeredAtMs) / 2)];
}

export async function checkRouter(routerEndpoint: string, ask: Ask): Promise<Check> {
  const askedAtMs = ask.nowMs();
  const answer = await getJson(`${routerEndpoint}/v1/models`, ask, ask.signal);
  return answer.ok
    ? ok('router', `${routerEndpoint} answers in ${ask.nowMs() - askedAtMs} ms`)
    : unreachable('router', routerEndpoint, 'HF_ROUTER_ENDPOINT', answer.message);
}

const unreachable = (name: string, endpoint: string, key: string, why: string) =>
  fail(name, `${endpoint} cannot be reached: ${why}`, `check the network, a proxy (HTTPS_PROXY) and ${key}`);

/**
 * @param date `Date` header: whole seconds, cut off, so that the truth is half a second later on average
 * @param atMs our wall clock in the middle of that exchange, Unix ms
 */
export function checkClock(date: string | null, atMs: number): Check {
  const theirsMs = Date.parse(date ?? '') + 500;
  const mend = 'let NTP set the clock of this machine (timedatectl set-ntp true)';
  if (Number.isNaN(theirsMs)) return warn('clock', 'the Hub does not tell its time', mend);
  const offMs = Math.abs(atMs - theirsMs);
  if (offMs <= CLOCK_WARN_MS) return ok('clock', `agrees with the Hub's within ${CLOCK_WARN_MS / 1000} s`);
  const finding = `is ${formatDuration(offMs)} ${atMs > theirsMs ? 'ahead of' : 'behind'} the Hub's`;
  return (offMs > CLOCK_FAIL_MS ? fail : warn)('clock', finding, mend);
}

/** Free space where the store is or will be, and whether we may write there. */
export async function checkDisk(dataDir: string): Promise<Check> {
  const folder = await nearestFolder(dataDir);
  try {
    await access(folder, constants.W_OK);
    const { bavail, bsize } = await statfs(folder);
    return judgeDisk(bavail * bsize);
  } catch (error) {
    return fail('disk', `DATA_DIR cannot be written (${(error as NodeJS.ErrnoException).code})`, MEND_DISK);
  }
}

export function judgeDisk(freeBytes: number): Check {
  const finding = `${formatBytes(freeBytes)} free in DATA_DIR`;
  if (freeBytes < DISK_FAIL_BYTES) return fail('disk', finding, MEND_DISK);
  return freeBytes < DISK_WARN_BYTES ? warn('disk', finding, MEND_DISK) : ok('disk', finding);
}

/** DATA_DIR is made at the first start; until then its parent tells. */
async function nearestFolder(path: string): Promise<string> {
  try {
    await access(path);
    return path;
  } catch {
    return dirname(path) === path ? path : nearestFolder(dirname(path));
  }
}
