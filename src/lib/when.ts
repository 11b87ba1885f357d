const MINUTE_MS = 60_000;
const UNIT_MS = { m: MINUTE_MS, min: MINUTE_MS, h: 60 * MINUTE_MS, d: 24 * 60 * MINUTE_MS } as const;
const MOMENT = /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?)?$/;

/** A moment as a person gives it: counted back from now, or Unix ms. */
export type When = { readonly agoMs: number } | { readonly atMs: number };

/** What `readWhen` takes, for whoever gave something else. */
export const WHEN = 'a length before now as 90m, 24h or 7d, or a moment in UTC as 2026-08-01 or 2026-08-01T12:00Z';

/**
 * `90m` (or `90min`), `36h` and `7d` count back from now; a date or moment is ISO 8601, UTC unless it says otherwise.
 *
 * @returns null for anything else, a day that no calendar has among it
 */
export function readWhen(text: string): When | null {
  const length = /^(\d{1,6})(min|m|h|d)$/.exec(text);
  if (length) return { agoMs: Number(length[1]) * UNIT_MS[length[2] as keyof typeof UNIT_MS] };
  const [, date, time, , , zone] = MOMENT.exec(text) ?? [];
  if (date === undefined || !isInCalendar(date)) return null;
  const atMs = Date.parse(time !== undefined && zone === undefined ? `${text}Z` : text);
  return Number.isNaN(atMs) ? null : { atMs };
}

/** Unix ms. */
export const momentOf = (when: When, nowMs: number) => ('agoMs' in when ? nowMs - when.agoMs : when.atMs);

/** 31 February is read as one of March. */
function isInCalendar(date: string): boolean {
  const atMs = Date.parse(date);
  return !Number.isNaN(atMs) && new Date(atMs).toISOString().startsWith(date);
}
