import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Incident } from '../domain/incident.ts';
import type { AttemptRecord } from '../domain/record.ts';
import { SINGLE_ROLES } from '../domain/settings.ts';
import type { Redact } from '../lib/redact.ts';
import { visible } from '../lib/visible.ts';
import type { FleetHealth, Health, IncidentStore } from '../ports.ts';

/** Targets with series of their own; those that come later share one, named `other`. */
const MOST_TARGETS = 200;
const LONGEST_LABEL = 200;
const OTHER = { model: 'other', provider: 'other' } as const;

const FIRST_TOKEN_SECONDS = [0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 20, 60, 120];
const REPLY_SECONDS = [0.25, 0.5, 1, 2, 3, 5, 7.5, 10, 15, 20, 30, 60, 120, 300];
const PER_TOKEN_SECONDS = [0.001, 0.002, 0.004, 0.006, 0.01, 0.015, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5];

/** What Prometheus reads: replies as they are stored, and how the program itself is at that moment. */
export interface Metrics {
  /** Counts a record that is durable. */
  observe(record: AttemptRecord): void;
  /** The page in Prometheus' text format. */
  text(health: Health, incidents: IncidentStore, nowMs: number): Promise<string>;
}

/** @param unknown gauges of which this process knows nothing, without `tracker_` */
export function createMetrics(redact: Redact, unknown: readonly string[] = []): Metrics {
  const registers = [new Registry()];
  const labelNames = ['model', 'provider', 'location'] as const;
  const histogram = (name: string, help: string, buckets: number[]) =>
    new Histogram({ name, help, buckets, labelNames, registers });
  const firstToken = histogram(
    'inference_first_token_seconds',
    'From the request written to the first output, of good replies to standard probes.',
    FIRST_TOKEN_SECONDS,
  );
  const reply = histogram(
    'inference_reply_seconds',
    'From the request written to the last output, of good replies to standard probes.',
    REPLY_SECONDS,
  );
  const perToken = histogram(
    'inference_time_per_output_token_seconds',
    'Time per output token after the first, of good replies to standard probes.',
    PER_TOKEN_SECONDS,
  );
  const attempts = new Counter({
    name: 'inference_attempts_total',
    help: 'Attempts by outcome and kind of probe; skipped ones were not sent.',
    labelNames: [...labelNames, 'kind', 'outcome'] as const,
    registers,
  });
  const cost = new Counter({
    name: 'inference_cost_usd_total',
    help: 'What replies cost, where it is known.',
    labelNames,
    registers,
  });
  const own = createOwnGauges(registers, unknown);
  const labelsOf = boundedLabels(redact);

  return {
    observe(record) {
      const labels = { ...labelsOf(record), location: record.location };
      attempts.inc({ ...labels, kind: record.probeKind, outcome: record.outcome });
      if (record.costUsd !== null) cost.inc(labels, record.costUsd);
      if (record.outcome !== 'ok' || record.probeKind !== 'standard') return;
      if (record.ttftMs !== null) firstToken.observe(labels, record.ttftMs / 1000);
      if (record.e2eMs !== null) reply.observe(labels, record.e2eMs / 1000);
      if (record.tpotMs !== null) perToken.observe(labels, record.tpotMs / 1000);
    },
    async text(health, incidents, nowMs) {
      own(health, await incidents.incidents({ openOnly: true }), nowMs);
      return registers[0]!.metrics();
    },
  };
}

/** A name that somebody else chose opens no new series without end. */
function boundedLabels(redact: Redact) {
  const known = new Map<string, Readonly<Record<'model' | 'provider', string>>>();
  return ({ modelId, providerName }: AttemptRecord) => {
    if (modelId === null || providerName === null) return OTHER;
    const key = `${modelId}\n${providerName}`;
    let labels = known.get(key);
    if (labels === undefined) {
      if (known.size >= MOST_TARGETS) return OTHER;
      labels = { model: labelOf(modelId, redact), provider: labelOf(providerName, redact) };
      known.set(key, labels);
    }
    return labels;
  };
}

const labelOf = (text: string, redact: Redact) => visible(redact(text)).slice(0, LONGEST_LABEL);

/** Of the program itself. What is unknown has no sample. */
const OWN: readonly (readonly [name: string, help: string, read: (health: Health, nowMs: number) => number | null])[] =
  [
    ['start_time_seconds', 'When the program started, Unix time.', ({ startedAtMs }) => startedAtMs / 1000],
    ['interval_seconds', 'From cycle to cycle.', ({ intervalMs }) => intervalMs / 1000],
    [
      'last_cycle_timestamp_seconds',
      'When the last cycle was due, Unix time.',
      ({ lastCycle }) => lastCycle && lastCycle.dueAtMs / 1000,
    ],
    [
      'cycle_lateness_seconds',
      'How long after its due time the last cycle began.',
      ({ lastCycle }) => lastCycle && (lastCycle.beganAtMs - lastCycle.dueAtMs) / 1000,
    ],
    [
      'cycle_length_seconds',
      'How long the last cycle took, or has taken so far.',
      ({ lastCycle }, nowMs) => lastCycle && ((lastCycle.endedAtMs ?? nowMs) - lastCycle.beganAtMs) / 1000,
    ],
    ['probes_waiting', 'Probes of the running cycle that wait for a slot.', ({ probesWaiting }) => probesWaiting],
    ['probes_running', 'Probes under way.', ({ probesRunning }) => probesRunning],
    ['targets', 'Live targets.', ({ targets }) => targets],
    ['targets_never_asked', 'Live targets not asked yet.', ({ neverAsked }) => neverAsked],
    [
      'longest_unasked_seconds',
      'Since the live target that was asked longest ago was due.',
      ({ leastRecentlyAskedAtMs }, nowMs) => since(leastRecentlyAskedAtMs, nowMs),
    ],
    [
      'backlog_records',
      'Records not in the dataset yet.',
      ({ backlog }) => (backlog === null ? null : backlog.records),
    ],
    [
      'backlog_age_seconds',
      'Since the oldest record that is not in the dataset was due; 0 without one.',
      ({ backlog }, nowMs) => backlog && (since(backlog.oldestAtMs, nowMs) ?? 0),
    ],
    ['push_failures', 'How often in a row pushing failed.', ({ pushFailures }) => pushFailures],
    [
      'worker_lag_seconds',
      'Worst event-loop delay of the probing Worker in the last cycle.',
      ({ workerLagMs }) => workerLagMs && workerLagMs / 1000,
    ],
    [
      'instrument_error_seconds',
      'p99 error of our own moments in the last finished calibration.',
      ({ instrumentErrorP99Ms }) => instrumentErrorP99Ms && instrumentErrorP99Ms / 1000,
    ],
    ['spent_today_usd', 'What asking cost this UTC day.', ({ spentUsdToday }) => spentUsdToday],
    ['budget_usd_per_day', 'What a UTC day may cost.', ({ budgetUsdPerDay }) => budgetUsdPerDay],
    [
      'store_writable',
      '1, or 0 while the disk refuses or the database is away.',
      ({ isStoreWritable }) => Number(isStoreWritable),
    ],
  ];

const since = (atMs: number | null, nowMs: number) => (atMs === null ? null : Math.max(0, nowMs - atMs) / 1000);

function createOwnGauges(registers: Registry[], unknown: readonly string[]) {
  const gauges = OWN.filter(([name]) => !unknown.includes(name)).map(([name, help, read]) => ({
    gauge: new Gauge({ name: `tracker_${name}`, help, registers }),
    read,
  }));
  const open = new Gauge({
    name: 'tracker_open_incidents',
    help: 'Incidents that last.',
    labelNames: ['kind', 'scope', 'location'] as const,
    registers,
  });
  const ofFleet = createFleetGauges(registers);
  return (health: Health, incidents: readonly Incident[], nowMs: number) => {
    ofFleet(health.fleet, health);
    for (const { gauge, read } of gauges) {
      const value = read(health, nowMs);
      if (value === null) gauge.remove();
      else gauge.set(value);
    }
    open.reset();
    for (const { kind, scope, location } of incidents) open.inc({ kind, scope, location });
  };
}

/** Of a fleet: nothing of them where a process is alone. */
function createFleetGauges(registers: Registry[]) {
  const gauge = <Label extends string = never>(name: string, help: string, labelNames: readonly Label[] = []) =>
    new Gauge({ name: `tracker_fleet_${name}`, help, labelNames, registers });
  const workers = gauge('workers', 'Workers that said within a minute that they are there.', ['location']);
  const leases = gauge('leases', 'Probes that workers have a lease of.', ['location']);
  const waiting = gauge('outbox_records', 'Records that wait in the outboxes of workers.', ['location']);
  const open = gauge('open_probes', 'Probes of running cycles, of all places, without a final record.');
  const clock = gauge('clock_distance_seconds', "How far the clock of a worker is from the database's, at worst.");
  const holds = gauge('holds_role', '1 while this process has the role that one process at a time has.', ['role']);
  const all = [workers, leases, waiting, open, clock, holds];
  return (fleet: FleetHealth | null, { probesWaiting, probesRunning }: Health) => {
    for (const each of all) each.reset();
    open.remove();
    clock.remove();
    if (fleet === null) return;
    for (const worker of fleet.workers) {
      const { location } = worker;
      workers.inc({ location });
      leases.inc({ location }, worker.leases);
      waiting.inc({ location }, worker.waiting);
    }
    open.set(probesWaiting + probesRunning);
    if (fleet.workers.length > 0) {
      clock.set(Math.max(...fleet.workers.map(({ clockAheadMs }) => Math.abs(clockAheadMs))) / 1000);
    }
    for (const role of SINGLE_ROLES) holds.set({ role }, Number(fleet.roles.includes(role)));
  };
}
