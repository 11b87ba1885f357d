import type { Knowledge } from './ports.ts';
import type { StoreReader } from './store/open-store.ts';

/** Stands here until verdicts are joined with the store: it knows nothing. */
export async function openKnowledge(
  _store: StoreReader,
  { nowMs }: { readonly intervalMs: number; readonly nowMs: () => number; readonly sinceMs: number },
): Promise<Knowledge & { refresh(): Promise<void> }> {
  return {
    revision: () => 0,
    nowMs,
    board: () => [],
    model: () => null,
    recommend: () => null,
    compare: () => null,
    history: async () => [],
    refresh: async () => {},
  };
}
