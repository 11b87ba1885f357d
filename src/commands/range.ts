import { momentOf, readWhen } from '../lib/when.ts';
import type { RecordRange } from '../ports.ts';
import { type Flags, UsageError } from './command.ts';

/**
 * What the flags `--since`, `--until`, `--model` and `--provider` ask for.
 *
 * @throws UsageError
 */
export function rangeOf({ since, until, model, provider }: Flags, nowMs: number): RecordRange {
  const read = (name: string, text: Flags[string]) => {
    const when = readWhen(String(text));
    if (when === null) throw new UsageError(`--${name} must be like 36h, 7d or 2026-08-01T12:00Z, not ${text}`);
    return momentOf(when, nowMs);
  };
  return {
    ...(since !== undefined && { sinceMs: read('since', since) }),
    ...(until !== undefined && { untilMs: read('until', until) }),
    ...(typeof model === 'string' && { modelId: model }),
    ...(typeof provider === 'string' && { providerName: provider }),
  };
}
