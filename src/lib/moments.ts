import { formatDuration } from './format.ts';

const HOUR_MS = 3_600_000;

/** `12 min ago` within an hour, otherwise `25 Nov 14:02 UTC`, with the year where it is another one. */
export function moment(atMs: number, nowMs: number): string {
  return isRecent(atMs, nowMs) ? `${formatDuration(nowMs - atMs)} ago` : `${day(atMs, nowMs)} ${time(atMs)} UTC`;
}

/** `for 12 min` within an hour, otherwise `since 25 Nov 14:02 UTC`. */
export function since(atMs: number, nowMs: number): string {
  return isRecent(atMs, nowMs) ? `for ${formatDuration(nowMs - atMs)}` : `since ${moment(atMs, nowMs)}`;
}

/** `25 Nov 10:00–12:30 UTC`, `24 Nov 22:00 – 25 Nov 01:00 UTC`. */
export function stretch(fromMs: number, toMs: number, nowMs: number): string {
  const [first, last] = [day(fromMs, nowMs), day(toMs, nowMs)];
  return first === last
    ? `${first} ${time(fromMs)}–${time(toMs)} UTC`
    : `${first} ${time(fromMs)} – ${last} ${time(toMs)} UTC`;
}

const isRecent = (atMs: number, nowMs: number) => atMs <= nowMs && nowMs - atMs < HOUR_MS;

function day(atMs: number, nowMs: number): string {
  const [, date, month, year] = new Date(atMs).toUTCString().split(' ');
  const isOfNow = new Date(atMs).getUTCFullYear() === new Date(nowMs).getUTCFullYear();
  return `${Number(date)} ${month}${isOfNow ? '' : ` ${year}`}`;
}

const time = (atMs: number) => new Date(atMs).toISOString().slice(11, 16);
