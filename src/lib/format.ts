/** Figures as people read them: a space before the unit, "–" for unknown, never 0 in its place. */
export const UNKNOWN = '–';

/** `4.2 ms`, `218 ms`, `1.4 s`, `12.3 s`, `2 min 5 s`. */
export function formatMs(ms: number | null): string {
  if (ms === null) return UNKNOWN;
  if (ms < 9.95) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  return ms < 59_950 ? `${(ms / 1000).toFixed(1)} s` : formatDuration(ms);
}

const UNITS = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
  ['s', 1],
] as const;

/** The two largest units, whole: `45 s`, `2 min 5 s`, `3 h 12 min`, `4 d`. */
export function formatDuration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const first = Math.max(
    UNITS.findIndex(([, length]) => seconds >= length),
    0,
  );
  if (seconds === 0) return '0 s';
  let rest = seconds;
  const parts = UNITS.slice(first, first + 2).map(([unit, length]) => {
    const count = Math.floor(rest / length);
    rest -= count * length;
    return count > 0 ? `${count} ${unit}` : '';
  });
  return parts.filter((part) => part !== '').join(' ');
}

/** `499 tok/s`, `7.3 tok/s`. */
export function formatTps(tps: number | null): string {
  if (tps === null) return UNKNOWN;
  return `${tps < 9.95 ? tps.toFixed(1) : formatCount(Math.round(tps))} tok/s`;
}

const THOUSANDS = new Intl.NumberFormat('en-US');
/** `4,096`. */
export function formatCount(count: number | null): string {
  return count === null ? UNKNOWN : THOUSANDS.format(count);
}

/** Tokens of a context: `128k` (131,072), `200k`, `1M`. */
export function formatContext(tokens: number | null): string {
  if (tokens === null || tokens < 1000) return formatCount(tokens);
  const thousand = tokens % 1024 === 0 ? 1024 : 1000;
  return tokens < thousand ** 2
    ? `${Math.round(tokens / thousand)}k`
    : `${Number((tokens / thousand ** 2).toFixed(1))}M`;
}

const CENTS = new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD' });
const FRACTIONS = new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD', maximumSignificantDigits: 2 });
/** `$12.30`, `$0.25`; below ten cents two digits that count: `$0.0004`. */
export function formatUsd(usd: number | null): string {
  if (usd === null) return UNKNOWN;
  if (usd === 0) return '$0';
  if (Math.abs(usd) < 0.000001) return '< $0.000001';
  return (usd >= 0.1 ? CENTS : FRACTIONS).format(usd);
}

const SIZES = ['B', 'KB', 'MB', 'GB', 'TB'];
/** Decimal units: `512 B`, `1.2 GB`. */
export function formatBytes(bytes: number): string {
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), SIZES.length - 1);
  return power === 0 ? `${bytes} B` : `${(bytes / 1000 ** power).toFixed(1)} ${SIZES[power]}`;
}
