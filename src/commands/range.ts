import type { RecordRange } from '../ports.ts';
import { type Flags, UsageError } from './command.ts';

/**
 * What the flags `--since`, `--until`, `--model` and `--provider` ask for.
 *
 * @throws UsageError
 */
export function rangeOf({ since, until, model, provider }: Flags, nowMs: number): RecordRange {
  const momentOf = (name: string, text: Flags[string]) => {
    const atMs = parseMoment(String(text), nowMs);
    if (atMs === null) throw new UsageError(`--${name} must be like 36h, 7d or 2026-08-01T12:00Z, not ${text}`);
    return atMs;
  };
  return {
    ...(since !== undefined && { sinceMs: momentOf('since', since) }),
    ...(until !== undefined && { untilMs: momentOf('until', until) }),
    ...(typeof model === 'string' && { modelId: model }),
    ...(typeof provider === 'string' && { providerName: provider }),
  };
}

const UNIT_MS = { min: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const MOMENT = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?)?$/;

/**
 * `90min`, `36h` and `7d` count back from now; a date or moment is ISO 8601, UTC unless it says otherwise.
 *
 * @returns Unix ms; null for anything else
 */
export function parseMoment(text: string, nowMs: number): number | null {
  const length = /^(\d{1,6})(min|h|d)$/.exec(text);
  if (length) return nowMs - Number(length[1]) * UNIT_MS[length[2] as keyof typeof UNIT_MS];
  const parts = MOMENT.exec(text);
  if (!parts) return null;
  const atMs = Date.parse(parts[1] && !parts[4] ? `${text}Z` : text);
  return Number.isNaN(atMs) ? null : atMs;
}
