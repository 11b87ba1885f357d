/** Figures as a reader meets them. What is unknown is a dash, never 0. */
const UNKNOWN = '–';

/** 218 ms, 1.19 s, 12.4 s */
export function duration(ms: number | null): string {
  if (ms === null) return UNKNOWN;
  if (ms < 9.95) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  return `${(ms / 1000).toFixed(ms < 9_995 ? 2 : 1)} s`;
}

/** 1,330 */
export function figure(value: number | null): string {
  if (value === null) return UNKNOWN;
  if (value < 9.95) return value.toFixed(1);
  return Math.round(value).toLocaleString('en-GB');
}

export const speed = (tps: number | null) => (tps === null ? UNKNOWN : `${figure(tps)} tok/s`);

/** Floored to a hundredth of a per cent: only all of them are 100%. */
export function percent({ successes, trials }: { readonly successes: number; readonly trials: number }): string {
  return trials === 0 ? UNKNOWN : `${Math.floor((successes * 10_000) / trials) / 100}%`;
}

/** A share as a bound of an interval, floored like the value itself. */
export const share = (value: number) => `${Math.floor(value * 10_000 + 1e-9) / 100}%`;

/** $0.26; $0.00027 where less than a cent matters */
export function money(usd: number | null): string {
  if (usd === null) return UNKNOWN;
  if (usd === 0 || usd >= 0.095) return `$${usd.toFixed(2)}`;
  return `$${Number(usd.toPrecision(2)).toFixed(Math.max(2, 1 - Math.floor(Math.log10(usd))))}`;
}

/** +23%, −7% */
export function change(ratio: number): string {
  const percents = Math.round((ratio - 1) * 100);
  return percents < 0 ? `−${-percents}%` : `+${percents}%`;
}

/** 4 Nov, in UTC */
export function day(atMs: number): string {
  const [, date, name] = new Date(atMs).toUTCString().split(' ');
  return `${Number(date)} ${name}`;
}

export const month = (atMs: number) => new Date(atMs).toUTCString().split(' ')[2]!;

/** 14:05, in UTC */
export const clock = (atMs: number) => new Date(atMs).toISOString().slice(11, 16);
