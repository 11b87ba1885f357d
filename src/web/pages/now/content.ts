import { z } from 'zod';
import { OUTCOMES, type Outcome } from '../../../domain/outcome.ts';
import { GOALS, type Metric, type ModelVerdict } from '../../../domain/verdict.ts';
import type { HistoryMetric } from '../../../ports.ts';
import { inData } from '../../data-names.ts';
import * as given from '../../parameters.ts';
import type { WebParts } from '../../route.ts';
import { Incident } from '../../schemas/incidents.ts';
import { Count, MaybeNumber, MaybeText, Moment, Text } from '../../schemas/schema.ts';
import { boardOf, inShort, recommendedFor } from '../../summaries.ts';
import { BOARD_METRICS, BoardModel } from '../board.tsx';
import { DAYS_AT_HAND, daysAtHand } from '../days-shown.ts';
import { WHAT_HAPPENED } from '../events.tsx';
import { ASKED_NEEDS, askedNeedsOf, NEED_PARAMETERS, needsOf } from '../needs.tsx';
import type { Read } from '../page.tsx';
import { RELIABILITY, Reliability, reliabilityOf } from '../reliability.tsx';

export const HOUR_MS = 3_600_000;
export const WINDOWS = ['1h', '24h', '7d'] as const;
export const WINDOW_HOURS = { '1h': 1, '24h': 24, '7d': 168 } as const;
export const WINDOW_WORDS = { '1h': '1 h', '24h': '24 h', '7d': '7 d' } as const;
const MOST_EVENTS = 6;
const MOST_MOVES = 6;
export const MOVED_DAYS = 7;
/** What tells of slower and faster. */
const SPEEDS: ReadonlySet<Metric> = new Set(['ttftMs', 'ttfatMs', 'tpotMs', 'e2eMs']);

export const NowContent = z.object({
  metric: z.enum(BOARD_METRICS),
  window: z.enum(WINDOWS),
  goal: z.enum(GOALS),
  needs: z.object(ASKED_NEEDS),
  location: MaybeText,
  probes: z.object({ sent: Count, answered: Count, failed: Count }),
  models: z.array(BoardModel),
  moves: z.array(
    z.object({
      model_id: Text,
      provider: Text,
      metric: Text,
      at: Moment,
      ratio: z.number(),
      low: z.number(),
      high: z.number(),
      trend: z.array(MaybeNumber).describe('Daily medians, oldest first; null: too few replies that day.'),
    }),
  ),
  open: Count,
  /** Null, as `reliability`: it could not be read. */
  incidents: z.array(Incident).nullable(),
  reliability: Reliability.nullable(),
  round: z.object({
    is_under_way: z.boolean(),
    targets: Count,
    asked: Count,
    next_in_ms: z.number(),
    takes_ms: z.number().nullable(),
  }),
});
export type NowContent = z.output<typeof NowContent>;

/** What a reader may ask; all of it is in the address. */
export const QUESTION = z.object({
  metric: given.oneOf(BOARD_METRICS).prefault('speed'),
  window: given.oneOf(WINDOWS).prefault('24h'),
  goal: given.goal,
  ...NEED_PARAMETERS,
});

export async function nowContent(question: z.output<typeof QUESTION>, parts: WebParts, read: Read): Promise<unknown> {
  const { knowledge, incidents } = parts;
  const { metric, window, goal } = question;
  const needs = askedNeedsOf(question);
  const board = boardOf(knowledge);
  const providers = new Set(board.flatMap(({ endpoints }) => endpoints.map(({ provider }) => provider)));
  const happened = await read(WHAT_HAPPENED, () => happenedOf(incidents), null);
  return {
    metric,
    window,
    goal,
    needs,
    location: board[0]?.endpoints[0]?.location ?? null,
    probes: probesOf(board),
    // The states are of now whatever the window; only figures look further.
    models: boardOf(knowledge, WINDOW_HOURS[window]).map((model) => ({
      ...recommendedFor(model, goal, needsOf(needs), knowledge),
      endpoints: model.endpoints.map(inShort),
    })),
    moves: await movesOf(board, knowledge),
    open: happened?.open ?? 0,
    incidents: happened === null ? null : inData(happened.incidents),
    reliability: await read(RELIABILITY, () => reliabilityOf(knowledge, providers), null),
    round: await roundOf(parts),
  };
}

/** What is going on, or where nothing is what was last. */
async function happenedOf(incidents: WebParts['incidents']) {
  const open = await incidents.incidents({ openOnly: true });
  const shown = open.length > 0 ? open.slice(0, MOST_EVENTS) : await incidents.incidents({ limit: MOST_EVENTS });
  return { open: open.length, incidents: shown };
}

/** First attempts; what failed is the targets' fault. */
function probesOf(board: readonly ModelVerdict[]) {
  const sums = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as Record<Outcome, number>;
  for (const { endpoints } of board)
    for (const { availability } of endpoints)
      for (const outcome of OUTCOMES) sums[outcome] += availability.byOutcome[outcome];
  const count = (outcomes: readonly Outcome[]) => outcomes.reduce((sum, outcome) => sum + sums[outcome], 0);
  const sent = OUTCOMES.filter((outcome) => outcome !== 'skipped');
  return { sent: count(sent), answered: count(['ok']), failed: count(['target_error']) };
}

/** What changed its level in the last days, most first, with the days around it that are in memory. */
async function movesOf(board: readonly ModelVerdict[], knowledge: WebParts['knowledge']) {
  const nowMs = knowledge.nowMs();
  const moves = board
    .flatMap(({ endpoints }) => endpoints)
    .flatMap(({ modelId, provider, changes }) =>
      changes
        .filter(({ metric, atMs }) => SPEEDS.has(metric) && nowMs - atMs < MOVED_DAYS * 24 * HOUR_MS)
        .map((change) => ({ modelId, provider, ...change })),
    );
  const most = moves.toSorted((a, b) => Math.abs(Math.log(b.ratio)) - Math.abs(Math.log(a.ratio))).slice(0, MOST_MOVES);
  const window = daysAtHand(nowMs);
  return Promise.all(
    most.map(async (move) => {
      const points = await knowledge.history(move, move.metric as HistoryMetric, window, DAYS_AT_HAND);
      return { ...(inData(move) as object), trend: points.map(({ p50 }) => p50) };
    }),
  );
}

async function roundOf({ health, knowledge }: WebParts) {
  const { lastCycle, nextCycleAtMs, cycleMs, targets, probesRunning, probesWaiting } = await health();
  return {
    is_under_way: lastCycle !== null && lastCycle.endedAtMs === null,
    targets,
    asked: Math.max(0, targets - probesWaiting - probesRunning),
    next_in_ms: Math.max(0, nextCycleAtMs - knowledge.nowMs()),
    takes_ms: cycleMs,
  };
}
