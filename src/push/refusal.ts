import { visible } from '../lib/visible.ts';
import { HubFailure } from './hub-failure.ts';

/** An answer that is not 2xx. */
interface Refusal {
  readonly status: number;
  readonly headers: Headers;
  /** Already redacted. */
  readonly body: string;
  /** Whether the request bore our token. The storage behind an upload URL does not know it, so its 403 says nothing of our rights. */
  readonly authorized: boolean;
}

const LONGEST_QUOTE = 300;

/** What a refusal means, and what a person can do about it. */
export function failureOf(refusal: Refusal, repo: string, nowMs: number): HubFailure {
  const { status, headers, authorized } = refusal;
  const said = saidBy(refusal);
  const retryAfterMs = retryAfterOf(headers, nowMs);
  const fail = (kind: HubFailure['kind'], message: string) => new HubFailure(kind, message, retryAfterMs);

  if (status === 429) return fail('rate_limited', `the Hub asks us to slow down${said}`);
  if (status === 408 || status >= 500) return fail('unavailable', `the Hub answered ${status}${said}`);
  if (status === 409 || status === 412)
    return fail('conflict', `somebody else changed ${repo} at the same moment${said}`);
  if (!authorized) return fail('unavailable', `the storage of the Hub refused an upload with ${status}${said}`);
  if (status === 404 || headers.get('x-error-code') === 'RepoNotFound') {
    return fail(
      'not_found',
      `the dataset ${repo} (HF_DATASET_REPO_ID) does not exist, or HF_HUB_TOKEN may not see it${said}`,
    );
  }
  if (status === 401) {
    return fail(
      'unauthorized',
      `the Hub does not know HF_HUB_TOKEN: it is wrong, expired or revoked; make a new one that may write to ${repo}${said}`,
    );
  }
  if (status === 403) {
    return fail(
      'forbidden',
      `HF_HUB_TOKEN lacks write access to the dataset ${repo}: give it that right, or use a token of type "write"${said}`,
    );
  }
  if (status < 400) {
    return fail(
      'rejected',
      `the Hub redirects (${status}), and no redirect is followed with a token: was ${repo} renamed? Put its new name into HF_DATASET_REPO_ID`,
    );
  }
  return fail('rejected', `the Hub refused with ${status}${said}`);
}

/** Seconds, a date, or `RateLimit: "api";r=0;t=55`, whose `t` is the seconds until the window ends. */
function retryAfterOf(headers: Headers, nowMs: number): number | null {
  const retryAfter = headers.get('retry-after')?.trim();
  if (retryAfter) {
    const ms = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - nowMs;
    if (Number.isFinite(ms)) return Math.max(0, ms);
  }
  const seconds = /;\s*t=(\d+)/.exec(headers.get('ratelimit') ?? '')?.[1];
  return seconds === undefined ? null : Number(seconds) * 1000;
}

/** The Hub's own words, as far as it has any; an HTML page says nothing. */
function saidBy({ body }: Refusal): string {
  const text = errorIn(body);
  if (text === null) return '';
  return `: ${visible(text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text)}`;
}

function errorIn(body: string): string | null {
  try {
    const { error, message } = Object(JSON.parse(body));
    return [error, message].find((text) => typeof text === 'string' && text !== '') ?? null;
  } catch {
    return null;
  }
}
