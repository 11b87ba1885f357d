import type { AttemptRecord } from '../../../src/domain/record.ts';
import { bookingsOf } from '../../../src/store/ledger.ts';
import { type Client, openClient } from '../../../src/store/postgres/client.ts';
import { openPostgresReader } from '../../../src/store/postgres/open-postgres-store.ts';
import type { Findings } from '../witness.ts';
import { INTERVAL_MS } from './plan.ts';

/** What the processes of one fleet said, and what they were allowed. */
export interface Testimony {
  readonly acknowledged: readonly string[];
  readonly planned: readonly string[];
  readonly places: readonly string[];
  /** Unix ms: each cycle due since then was planned for every place. */
  readonly sinceMs: number;
  /** Of a day; null: none. */
  readonly budgetUsd: number | null;
  /** How much may be under way at once, over all workers. */
  readonly slots: number;
}

export interface FleetFindings extends Findings {
  readonly cycles: number;
  readonly attempts: number;
  /** Attempts that went over the wire and are stored. */
  readonly sent: number;
  /** Told of too late: another's is stored, the cost of this one is booked. */
  readonly fenced: number;
  readonly unasked: number;
  readonly spentUsd: number;
}

const idsOf = async (client: Client, statement: string) => (await client.values(statement)).map(([id]) => id as string);

/** Whether the cycle due then, or one before, has not ended yet, or one of the workers has not said since `sinceMs` that it has nothing to deliver. */
export async function isUnsettled(
  client: Client,
  { dueAtMs, sinceMs, workers }: { readonly dueAtMs: number; readonly sinceMs: number; readonly workers: number },
): Promise<boolean> {
  const [[isSettled]] = (await client.values(
    `SELECT EXISTS (SELECT FROM cycles WHERE due_at_ms = $1 AND ended_at_ms IS NOT NULL)
       AND NOT EXISTS (SELECT FROM cycles WHERE due_at_ms < $1 AND began_at_ms IS NOT NULL AND ended_at_ms IS NULL)
       AND (SELECT count(*) FROM workers WHERE last_seen_ms >= $2 AND waiting = 0) = $3`,
    ...[dueAtMs, sinceMs, workers],
  )) as [[boolean]];
  return !isSettled;
}

/** Looks at the database once every process has ended in peace. */
export async function lookAtFleet(url: string, said: Testimony): Promise<FleetFindings> {
  await using client = openClient({ url, connections: 2 });
  await using store = await openPostgresReader({ url });
  const records = await Array.fromAsync(store.read());
  const known = new Set(records.map(({ attemptId }) => attemptId));
  const fenced = new Set(await idsOf(client, 'SELECT attempt_id FROM fenced_attempts'));
  const planned = new Set(await idsOf(client, 'SELECT probe_id FROM probes'));

  const lost = [
    ...said.acknowledged.filter((id) => !known.has(id) && !fenced.has(id)),
    ...said.planned.filter((id) => !planned.has(id)),
    ...(await idsOf(
      client,
      `SELECT probe_id FROM probes JOIN cycles USING (cycle_id) LEFT JOIN attempts USING (probe_id)
       WHERE ended_at_ms IS NOT NULL GROUP BY probe_id HAVING count(*) FILTER (WHERE final = 1) = 0`,
    )),
  ];
  const doubled = [
    ...repeated(records.map(({ attemptId }) => attemptId)),
    ...repeated(records.map(({ probeId, attempt }) => `${probeId} ${attempt}`)),
    ...repeated(records.filter(({ final }) => final).map(({ probeId }) => `${probeId} final`)),
  ];
  const ended = (
    await client.values('SELECT due_at_ms FROM cycles WHERE ended_at_ms IS NOT NULL ORDER BY due_at_ms')
  ).map(([dueAtMs]) => dueAtMs as number);
  const ledger = await ledgerProblems(client, records, fenced.size);
  const [[spentUsd]] = (await client.values(
    'SELECT coalesce(max(usd), 0) FROM (SELECT sum(known_usd + estimated_usd) AS usd FROM ledger GROUP BY day) AS days',
  )) as [[number]];
  return {
    lost,
    doubled,
    problems: [...ledger, ...gapProblems(records, ended, said), ...budgetProblems(records, spentUsd, said)],
    cycles: ended.length,
    attempts: records.length,
    sent: records.filter(({ attempt, sentMs }) => attempt > 0 && sentMs !== null).length,
    fenced: fenced.size,
    unasked: records.filter(({ errorClass }) => errorClass === 'no_worker').length,
    spentUsd,
  };
}

function repeated(keys: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  return keys.filter((key) => seen.size === seen.add(key).size);
}

/** Each cycle from the first at which all places were there to the last has as many final records of one place as of another, though nobody may have led or asked. */
function gapProblems(
  records: readonly AttemptRecord[],
  ended: readonly number[],
  { places, sinceMs }: Testimony,
): readonly string[] {
  const finals = Map.groupBy(
    records.filter(({ final }) => final),
    ({ cycleTimestampIso }) => Date.parse(cycleTimestampIso),
  );
  const firstMs = Math.ceil(sinceMs / INTERVAL_MS) * INTERVAL_MS;
  const length = Math.max(((ended.at(-1) ?? 0) - firstMs) / INTERVAL_MS + 1, 0);
  const due = Array.from({ length }, (_, i) => firstMs + i * INTERVAL_MS);
  return due.flatMap((dueAtMs) => {
    const counts = places.map((place) => finals.get(dueAtMs)?.filter(({ location }) => location === place).length ?? 0);
    const isWhole = counts.every((count) => count > 0 && count === counts[0]);
    return isWhole
      ? []
      : [`the cycle due ${new Date(dueAtMs).toISOString()} has ${counts.join(' and ')} final records`];
  });
}

/** A late attempt that another one came before has no row, but its booking. */
async function ledgerProblems(
  client: Client,
  records: readonly AttemptRecord[],
  fenced: number,
): Promise<readonly string[]> {
  const isBooked = (record: AttemptRecord) => bookingsOf([record], () => []).length > 0;
  const keyOf = ({ modelId, providerName, cycleTimestampIso }: AttemptRecord) =>
    [cycleTimestampIso.slice(0, 10), modelId, providerName].join(' ');
  const due = Map.groupBy(records.filter(isBooked), keyOf);
  const rows = await client.values(
    `SELECT day || ' ' || model_id || ' ' || provider, known_attempts + estimated_attempts FROM ledger`,
  );
  const booked = new Map(rows.map(([key, n]) => [key as string, n as number]));
  const surplus = new Map([...booked].map(([key, n]) => [key, n - (due.get(key)?.length ?? 0)]));
  const missing = [...due].filter(([key, of]) => (booked.get(key) ?? 0) < of.length);
  const more = [...surplus.values()].reduce((sum, n) => sum + Math.max(n, 0), 0);
  return [
    ...missing.map(([key, of]) => `${of.length} attempts of ${key} cost, ${booked.get(key) ?? 0} are booked`),
    ...(more > fenced ? [`${more} bookings more than attempts stored, and ${fenced} attempts came too late`] : []),
  ];
}

/** By no more than what was under way once it was spent. */
function budgetProblems(
  records: readonly AttemptRecord[],
  spentUsd: number,
  { budgetUsd, slots }: Testimony,
): readonly string[] {
  if (budgetUsd === null) return [];
  const costs = Map.groupBy(records, ({ probeId }) => probeId)
    .values()
    .map((of) => of.reduce((sum, { costUsd }) => sum + (costUsd ?? 0), 0));
  const dearestUsd = Math.max(0, ...costs);
  return spentUsd > budgetUsd + slots * dearestUsd
    ? [`${spentUsd} USD spent of a budget of ${budgetUsd}, with ${slots} slots of at most ${dearestUsd}`]
    : [];
}
