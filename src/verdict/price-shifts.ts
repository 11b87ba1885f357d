import { SETTLED_MS } from './level-shifts.ts';
import { type Column, MOST_EVIDENCE, type Shift } from './shifts.ts';

/** What costs nothing has no ratio; a tenth of a cent a million tokens stands in for it. */
const LEAST_USD_PER_MTOK = 0.001;

/** A price is known exactly: another one in two cycles running is a change. */
export function priceShifts({ atMs, values: prices, attemptIds }: Column): readonly Shift[] {
  const shifts: Shift[] = [];
  let begin = 0;
  for (let i = 1; i + 1 < prices.length; i++) {
    const from = prices[begin]!;
    const to = prices[i]!;
    if (to === from || prices[i + 1] !== to) continue;
    const ratio = Math.max(to, LEAST_USD_PER_MTOK) / Math.max(from, LEAST_USD_PER_MTOK);
    const last = shifts.at(-1);
    if (last?.endReason === null) {
      const endedAtMs = atMs[i]!;
      const settled = endedAtMs - last.startedAtMs >= SETTLED_MS;
      shifts[shifts.length - 1] = settled
        ? { ...last, endedAtMs: last.startedAtMs + SETTLED_MS, endReason: 'new_normal', since: i - begin }
        : { ...last, endedAtMs, endReason: to === last.from ? 'recovered' : 'new_normal', since: i - begin };
      if (!settled && to === last.from) {
        begin = i;
        continue;
      }
    }
    const evidence = attemptIds.slice(i, i + MOST_EVIDENCE);
    const [startedAtMs, noticedAtMs] = [atMs[i]!, atMs[i + 1]!];
    const open = { startedAtMs, noticedAtMs, endedAtMs: null, endReason: null };
    const size = { from, to, ratio, low: ratio, high: ratio, before: i - begin, since: prices.length - i };
    shifts.push({ metric: 'priceUsdPerMtok', ...open, ...size, evidence });
    begin = i;
  }
  const last = shifts.at(-1);
  const lastMs = atMs.at(-1) ?? 0;
  return last?.endReason === null && lastMs - last.startedAtMs >= SETTLED_MS
    ? [...shifts.slice(0, -1), { ...last, endedAtMs: last.startedAtMs + SETTLED_MS, endReason: 'new_normal' }]
    : shifts;
}
