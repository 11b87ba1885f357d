import { SINGLE_ROLES, type SingleRole } from '../domain/settings.ts';
import { formatCount, formatDuration, UNKNOWN } from '../lib/format.ts';
import type { FleetStatus, SeenProcess } from '../ports.ts';
import { type Column, type Row, renderTable, type TableLook } from './render-table.ts';

/** What a role does, for a person. */
const DOES = { schedule: 'leads', judge: 'judges', push: 'pushes' } as const;

const PROCESS_COLUMNS: readonly Column[] = [
  { title: 'Process' },
  { title: 'Version' },
  { title: 'Set up for', minWidth: 10 },
  { title: 'Now', minWidth: 8 },
  { title: 'Since', align: 'right' },
];
const WORKER_COLUMNS: readonly Column[] = [
  { title: 'Worker', minWidth: 8 },
  { title: 'Process' },
  { title: 'Version' },
  { title: 'Slots', align: 'right' },
  { title: 'Leases', align: 'right' },
  { title: 'Clock', align: 'right' },
  { title: 'Waiting', align: 'right' },
  { title: 'Last seen', align: 'right' },
];
const CYCLE_COLUMNS: readonly Column[] = [
  { title: 'Cycle' },
  { title: 'Due', align: 'right' },
  { title: 'Planned', align: 'right' },
  { title: 'Done', align: 'right' },
  { title: 'Leased', align: 'right' },
];

/** Who is there and what he does, what is being asked, and what waits. */
export function formatFleet(status: FleetStatus, look: TableLook): string {
  const { database, backlog } = status;
  const { postgresVersion, schemaVersion, nowMs, clockAheadMs } = database;
  const clock = `its clock says ${iso(nowMs)}, ours is ${distance(clockAheadMs)}`;
  return [
    `PostgreSQL ${postgresVersion}, tables of version ${schemaVersion}; ${clock}.`,
    `${SINGLE_ROLES.map((role) => holderWords(status, role)).join('; ')}.`,
    '',
    section('no process is connected', PROCESS_COLUMNS, processRows(status), look),
    section('no worker was there in the last hour', WORKER_COLUMNS, workerRows(status), look),
    section('no cycle is running', CYCLE_COLUMNS, cycleRows(status), look),
    backlogWords(backlog, nowMs),
    '',
  ].join('\n');
}

function backlogWords({ records, oldestAtMs }: FleetStatus['backlog'], nowMs: number): string {
  if (oldestAtMs === null) return 'Nothing waits for the dataset.';
  const age = formatDuration(Math.max(nowMs - oldestAtMs, 0));
  if (records === 1) return `1 record waits for the dataset, for ${age}.`;
  return `${formatCount(records)} records wait for the dataset, the oldest for ${age}.`;
}

function section(none: string, columns: readonly Column[], rows: readonly Row[], look: TableLook): string {
  return rows.length === 0 ? `${none[0]!.toUpperCase()}${none.slice(1)}.\n` : renderTable(columns, rows, look);
}

function holderWords({ holders }: FleetStatus, role: SingleRole): string {
  const holder = holders[role];
  if (holder === null) return `nobody ${DOES[role]}`;
  return `${holder === 'unknown' ? 'a process that does not say who it is' : holder} ${DOES[role]}`;
}

function processRows({ processes, holders, workers, database }: FleetStatus): readonly Row[] {
  return processes.map((process) => {
    const does = SINGLE_ROLES.filter((role) => holders[role] === process.processId).map((role) => DOES[role]);
    const worker = workers.find(({ workerId }) => workerId === process.workerId);
    const asks = worker === undefined ? [] : [`asks from ${worker.location}`];
    return cells(
      process.processId,
      process.trackerVersion,
      process.roles.join(', '),
      [...does, ...asks].join(', ') || UNKNOWN,
      process.sinceMs === null ? UNKNOWN : formatDuration(database.nowMs - process.sinceMs),
    );
  });
}

/** A heading for each place. */
function workerRows({ workers, processes, database }: FleetStatus): readonly Row[] {
  const processOf = (id: string): SeenProcess | undefined => processes.find(({ workerId }) => workerId === id);
  return [...Map.groupBy(workers, ({ location }) => location)].flatMap(([location, own]): Row[] => [
    { heading: { text: location, style: 'bold' } },
    ...own.map((worker) => {
      const gone = worker.isConnected ? UNKNOWN : 'gone';
      return cells(
        worker.workerId,
        processOf(worker.workerId)?.processId ?? gone,
        worker.trackerVersion,
        `${worker.slots}`,
        `${worker.leases}`,
        distance(worker.clockAheadMs),
        `${worker.waiting}`,
        ago(worker.lastSeenMs, database),
      );
    }),
  ]);
}

function cycleRows({ cycles, database }: FleetStatus): readonly Row[] {
  return cycles.map(({ dueAtMs, planned, done, leased }) =>
    cells(iso(dueAtMs), ago(dueAtMs, database), `${planned}`, `${done}`, `${leased}`),
  );
}

const cells = (...texts: readonly string[]): Row => ({ cells: texts.map((text) => ({ text })) });

/** `12 s ago`, by the database's clock. */
const ago = (atMs: number, { nowMs }: FleetStatus['database']) => `${formatDuration(Math.max(nowMs - atMs, 0))} ago`;

/** `0.2 s ahead` */
const distance = (aheadMs: number) => `${(Math.abs(aheadMs) / 1000).toFixed(1)} s ${aheadMs < 0 ? 'behind' : 'ahead'}`;

const iso = (atMs: number) => new Date(atMs).toISOString();
