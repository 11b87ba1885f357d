import { readCatalog } from './catalog/read-catalog.ts';
import type { Catalog } from './domain/types.ts';
import { untilWritten } from './keep.ts';
import type { Parts } from './parts.ts';

/** A target that was live this recently and is not now is written as `delisted`, not forgotten. */
const REMEMBERED_MS = 7 * 24 * 3600 * 1000;

/** What the Hub says now; else the last good answer, with its age said; null when there never was one, or `signal` aborted. */
export async function currentCatalog(parts: Parts, signal: AbortSignal): Promise<Catalog | null> {
  const { config, store, clock, log } = parts;
  const remembered = await store.seenLiveSince(clock.nowMs() - REMEMBERED_MS);
  const reading = await readCatalog(config.catalog, parts, remembered, signal).catch((error) => {
    if (!signal.aborted) throw error;
    return null;
  });
  if (reading === null) return null;
  if (reading.kind === 'fresh') {
    await untilWritten(() => store.save(reading.catalog), parts, signal);
    return reading.catalog;
  }
  const last = await store.lastGood();
  if (last === null) {
    log.warn({ reasons: reading.reasons }, 'the catalogue cannot be read');
    return null;
  }
  const ageMinutes = Math.round((clock.nowMs() - last.fetchedAtMs) / 60_000);
  log.warn({ reasons: reading.reasons, ageMinutes }, 'the catalogue cannot be read; the last good one is used');
  return last;
}
