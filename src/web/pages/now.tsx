/** @jsxImportSource hono/jsx */
import { z } from 'zod';
import { OUTCOMES, type Outcome } from '../../domain/outcome.ts';
import type { Metric, ModelVerdict } from '../../domain/verdict.ts';
import { formatCount, formatDuration } from '../../lib/format.ts';
import { since } from '../../lib/moments.ts';
import type { Knowledge } from '../../ports.ts';
import { type Chart, Exports } from '../charts/figure.tsx';
import { inData } from '../data-names.ts';
import * as given from '../parameters.ts';
import type { WebParts } from '../route.ts';
import { Incident } from '../schemas/incidents.ts';
import { Count, MaybeText, Moment, Text } from '../schemas/schema.ts';
import { Target } from '../schemas/verdicts.ts';
import { allEndpoints, boardOf, inShort, recommended } from '../summaries.ts';
import { causeWords } from '../words.ts';
import { BOARD_METRICS, Board, boardFigure, Legend, MEASURES } from './board.tsx';
import { Events } from './events.tsx';
import { figureAddress } from './exports.ts';
import type { Pulse } from './layout.tsx';
import { isStale } from './layout.tsx';
import { incidentPath, withQuery } from './links.ts';
import { page } from './page.tsx';
import { EndpointLink, ProviderLink, Section, Segments } from './parts.tsx';
import { Reliability, Ribbons, reliabilityOf, ribbonsFigure } from './reliability.tsx';
import { Says } from './says.tsx';
import { shortName, standingOf } from './standing.ts';

const HOUR_MS = 3_600_000;
const WINDOWS = ['1h', '24h', '7d'] as const;
const WINDOW_HOURS = { '1h': 1, '24h': 24, '7d': 168 } as const;
const WINDOW_WORDS = { '1h': '1 h', '24h': '24 h', '7d': '7 d' } as const;
/** Fewer replies have no median. */
const LEAST_REPLIES = 5;
const MOST_EVENTS = 6;
const MOST_MOVES = 6;
const MOVED_DAYS = 7;
/** What tells of slower and faster. */
const SPEEDS: ReadonlySet<Metric> = new Set(['ttftMs', 'ttfatMs', 'tpotMs', 'e2eMs']);

const BoardModel = z.object({
  model_id: Text,
  recommended: MaybeText,
  reason: MaybeText,
  endpoints: z.array(Target),
});

const NowContent = z.object({
  metric: z.enum(BOARD_METRICS),
  window: z.enum(WINDOWS),
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
    }),
  ),
  open: Count,
  incidents: z.array(Incident),
  reliability: Reliability,
  round: z.object({ is_under_way: z.boolean(), targets: Count, asked: Count, next_in_ms: z.number() }),
});
type NowContent = z.output<typeof NowContent>;

export const NOW_PAGE = page({
  path: '/',
  id: 'now_page',
  summary: 'What is going on?',
  parameters: z.object({
    metric: given.oneOf(BOARD_METRICS).prefault('speed'),
    window: given.oneOf(WINDOWS).prefault('24h'),
  }),
  content: NowContent,
  handle: async ({ metric, window }, parts) => {
    const { knowledge, incidents } = parts;
    const board = boardOf(knowledge);
    const open = incidents.incidents({ openOnly: true });
    return {
      metric,
      window,
      location: board[0]?.endpoints[0]?.location ?? null,
      probes: probesOf(board),
      models: over(window, board, knowledge).map((model) => ({
        ...recommended(model),
        endpoints: model.endpoints.map(inShort),
      })),
      moves: movesOf(board, knowledge.nowMs()),
      open: open.length,
      incidents: inData(open.length > 0 ? open.slice(0, MOST_EVENTS) : incidents.incidents({ limit: MOST_EVENTS })),
      reliability: await reliabilityOf(knowledge, new Set(allEndpoints(knowledge).map(({ provider }) => provider))),
      round: roundOf(parts),
    };
  },
  figures: {
    board: ({ models, metric }) => boardFigure(models, metric),
    reliability: ({ reliability }) => ribbonsFigure(reliability),
    moves: movesFigure,
  },
  view: (content, pulse) => ({
    title: '',
    feed: '/incidents.atom',
    json: '/api/v1/now',
    canonical: '/',
    description:
      'Which inference provider is fastest, cheapest and up right now, model by model, measured around the clock.',
    className: 'now',
    main: content.models.length === 0 ? <FirstRun {...content} /> : <Now content={content} pulse={pulse} />,
  }),
});

/** The states are of now whatever the window; only figures look further. */
function over(
  window: NowContent['window'],
  board: readonly ModelVerdict[],
  knowledge: Knowledge,
): readonly ModelVerdict[] {
  if (window === '24h') return board;
  const untilMs = (Math.floor(knowledge.nowMs() / 60_000) + 1) * 60_000; // the same for all who ask within a minute
  const sinceMs = untilMs - WINDOW_HOURS[window] * HOUR_MS;
  return board.flatMap(({ modelId }) => knowledge.model(modelId, { sinceMs, untilMs }) ?? []);
}

/** First attempts; what failed is the targets' fault. */
function probesOf(board: readonly ModelVerdict[]) {
  const all = board.flatMap(({ endpoints }) => endpoints);
  const count = (outcomes: readonly Outcome[]) =>
    all.reduce((sum, { availability: { byOutcome } }) => sum + outcomes.reduce((n, each) => n + byOutcome[each], 0), 0);
  const sent = OUTCOMES.filter((outcome) => outcome !== 'skipped');
  return { sent: count(sent), answered: count(['ok']), failed: count(['target_error']) };
}

/** What changed its level in the last days, most first. */
function movesOf(board: readonly ModelVerdict[], nowMs: number) {
  const moves = board
    .flatMap(({ endpoints }) => endpoints)
    .flatMap(({ modelId, provider, changes }) =>
      changes
        .filter(({ metric, atMs }) => SPEEDS.has(metric) && nowMs - atMs < MOVED_DAYS * 24 * HOUR_MS)
        .map((change) => ({ modelId, provider, ...change })),
    );
  return inData(
    moves.toSorted((a, b) => Math.abs(Math.log(b.ratio)) - Math.abs(Math.log(a.ratio))).slice(0, MOST_MOVES),
  );
}

function roundOf({ health, knowledge }: WebParts) {
  const { lastCycle, targets, probesRunning, probesWaiting, intervalMs } = health();
  const nowMs = knowledge.nowMs();
  return {
    is_under_way: lastCycle !== null && lastCycle.endedAtMs === null,
    targets,
    asked: Math.max(0, targets - probesWaiting - probesRunning),
    next_in_ms: intervalMs - (nowMs % intervalMs),
  };
}

function FirstRun({ round }: NowContent) {
  return (
    <>
      <h1>No probes yet.</h1>
      <p class="lead" role="status">
        {round.is_under_way
          ? `The first round is under way: ${round.asked} of ${round.targets} targets were asked. What they answer is here as soon as the round ends.`
          : `The first round starts in ${formatDuration(round.next_in_ms)}.`}
      </p>
      <Section title="Which provider, right now?">
        <div class="panel none">
          <span class="state quiet">○ No data</span>
          <p class="note">Each model gets a row, each provider a column, and the second column says whom to use.</p>
        </div>
      </Section>
    </>
  );
}

function Now({ content, pulse }: { content: NowContent; pulse: Pulse }) {
  const { models, metric, window, incidents, open, moves, reliability } = content;
  const all = models.flatMap(({ endpoints }) => endpoints);
  const link = (changed: { metric?: string; window?: string }) => {
    const all = { metric, window, ...changed };
    return withQuery('/', {
      metric: all.metric === 'speed' ? undefined : all.metric,
      window: all.window === '24h' ? undefined : all.window,
    });
  };
  const windows = WINDOWS.filter(
    (each) => each === window || WINDOW_HOURS[each] * HOUR_MS >= LEAST_REPLIES * pulse.intervalMs,
  );
  return (
    <>
      <div class="head">
        <div>
          <h1>
            <Says sentences={standingOf(all)} />
          </h1>
          <Evidence content={content} pulse={pulse} />
        </div>
        <Figures content={content} pulse={pulse} />
      </div>
      <Section
        title="Which provider, right now?"
        beside={
          <div class="controls">
            <Segments
              name="What is shown"
              chosen={metric}
              options={BOARD_METRICS.map((id) => ({ id, word: MEASURES[id].word, href: link({ metric: id }) }))}
            />
            <Segments
              name="Over how long"
              chosen={window}
              options={windows.map((id) => ({ id, word: WINDOW_WORDS[id], href: link({ window: id }) }))}
            />
          </div>
        }
      >
        <Board models={models} metric={metric} />
        <Legend />
        <Exports
          address={figureAddress('/', 'board', {
            metric: metric === 'speed' ? undefined : metric,
            window: window === '24h' ? undefined : window,
          })}
        />
      </Section>
      <div class="columns">
        <Section title="Reliability, 90 days" beside={<a href="/providers">All providers</a>}>
          <Ribbons reliability={reliability} endpoints={all} />
          <Exports address={figureAddress('/', 'reliability')} />
        </Section>
        <div>
          <Section
            title={open > 0 ? 'Happening now' : 'Happened last'}
            beside={<a href="/incidents">{open > incidents.length ? `All ${open} open incidents` : 'All incidents'}</a>}
          >
            <Events incidents={incidents} nowMs={pulse.nowMs} nothing="Nothing has happened since we look." />
          </Section>
          <Section title="Got slower, got faster" beside={<span class="note">last {MOVED_DAYS} days</span>}>
            <Moves moves={moves} />
            {moves.length > 0 && <Exports address={figureAddress('/', 'moves')} />}
          </Section>
        </div>
      </div>
    </>
  );
}

/** Why the sentence is true, and where the proof is. */
function Evidence({ content: { incidents }, pulse }: { content: NowContent; pulse: Pulse }) {
  const outage = incidents.find(({ kind, ended_at }) => kind === 'outage' && ended_at === null);
  return (
    <>
      {isStale(pulse) ? (
        <p class="lead warning" role="status">
          ▲ We have not asked anybody for {formatDuration(pulse.nowMs - pulse.lastAtMs!)}. What follows was true then.
        </p>
      ) : null}
      {outage === undefined ? null : (
        <p class="lead">
          {outage.says} It has lasted {since(Date.parse(outage.started_at), pulse.nowMs)}
          {outage.cause === null ? '' : `: ${causeWords(outage.cause)}`}.{' '}
          <a href={incidentPath(outage.incident_id)}>Follow the incident</a>
        </p>
      )}
    </>
  );
}

function Figures({ content: { models, probes, location }, pulse }: { content: NowContent; pulse: Pulse }) {
  const all = models.flatMap(({ endpoints }) => endpoints).filter(({ state }) => state.state !== 'delisted');
  const healthy = all.filter(({ state }) => state.state === 'healthy').length;
  const judged = probes.answered + probes.failed;
  return (
    <dl class="figures">
      <div>
        <dt>Endpoints healthy</dt>
        <dd>
          {healthy} <small>/ {all.length}</small>
        </dd>
      </div>
      <div>
        <dt>Probes, 24 h</dt>
        <dd>{formatCount(probes.sent)}</dd>
      </div>
      <div>
        <dt>Failed, 24 h</dt>
        <dd>{judged === 0 ? '–' : `${((100 * probes.failed) / judged).toFixed(2)}%`}</dd>
      </div>
      <div>
        <dt>Probed from</dt>
        <dd class="words">
          {location ?? '–'}, every {formatDuration(pulse.intervalMs)}
        </dd>
      </div>
    </dl>
  );
}

function movesFigure({ moves }: NowContent): Chart {
  return {
    name: `What got slower or faster in the last ${MOVED_DAYS} days, beyond noise`,
    table: {
      columns: [
        ...['model_id', 'provider', 'metric', 'at'],
        { name: 'ratio', word: 'Change', text: change },
        { name: 'low', word: 'From', text: change },
        { name: 'high', word: 'To', text: change },
      ],
      rows: moves.map(({ model_id, provider, metric, at, ratio, low, high }) => [
        ...[model_id, provider, metric, at, ratio, low, high],
      ]),
    },
  };
}

function Moves({ moves }: { moves: NowContent['moves'] }) {
  if (moves.length === 0) return <p class="note">No change that we can tell from noise.</p>;
  return (
    <ul class="events moves">
      {moves.map(({ model_id, provider, metric, at, ratio, low, high }) => (
        <li>
          <p>
            <b>
              <ProviderLink provider={provider} />
            </b>
            <br />
            <small>
              <EndpointLink modelId={model_id} provider={provider}>
                {shortName(model_id)}
              </EndpointLink>
            </small>
          </p>
          <p class="figure">
            <span class={ratio > 1 ? 'warning' : 'good'}>{change(ratio)}</span>
            <br />
            <small>
              {causeWords(metric)}, {change(low)} to {change(high)}, since{' '}
              <time datetime={at}>{new Date(at).toUTCString().slice(5, 11)}</time>
            </small>
          </p>
        </li>
      ))}
    </ul>
  );
}

/** `+43%`, `−20%`; from three times on, `×3.4`. */
function change(ratio: number): string {
  if (ratio >= 3) return `×${ratio.toFixed(1)}`;
  return `${ratio < 1 ? '−' : '+'}${Math.round(Math.abs(ratio - 1) * 100)}%`;
}
