/** @jsxImportSource hono/jsx */
import { Exports } from '../../charts/figure.tsx';
import { BOARD_METRICS, Board, boardFigure, Legend, MEASURES } from '../board.tsx';
import { Events } from '../events.tsx';
import { figureAddress } from '../exports.ts';
import type { Pulse } from '../layout.tsx';
import { withQuery } from '../links.ts';
import { type AskedNeeds, GoalAndNeeds, hasNeeds, NOTHING_NEEDED, needsInAddress } from '../needs.tsx';
import { page } from '../page.tsx';
import { Section, Segments } from '../parts.tsx';
import { Ribbons, ribbonsFigure } from '../reliability.tsx';
import { Says } from '../says.tsx';
import { standingOf } from '../standing.ts';
import {
  HOUR_MS,
  MOVED_DAYS,
  NowContent,
  nowContent,
  QUESTION,
  WINDOW_HOURS,
  WINDOW_WORDS,
  WINDOWS,
} from './content.ts';
import { FirstRun } from './first-run.tsx';
import { Evidence, Figures } from './head.tsx';
import { Moves, movesFigure } from './moves.tsx';

/** Fewer replies have no median. */
const LEAST_REPLIES = 5;

export const NOW_PAGE = page({
  path: '/',
  id: 'now_page',
  summary: 'What is going on?',
  parameters: QUESTION,
  content: NowContent,
  handle: nowContent,
  figures: {
    board: ({ models, metric }) => boardFigure(models, metric),
    reliability: ({ reliability }) => reliability && ribbonsFigure(reliability),
    moves: movesFigure,
  },
  view: (content, pulse) => ({
    title: '',
    feed: '/incidents.atom',
    json: '/api/v1/now',
    canonical: '/',
    here: linkFrom(content)({}),
    description:
      'Which inference provider is fastest, cheapest and up right now, model by model, measured around the clock.',
    className: 'now',
    main: <Now content={content} pulse={pulse} />,
  }),
});

type Chosen = Pick<NowContent, 'metric' | 'window' | 'goal'> & AskedNeeds;

/** Parameters of the address, without those that are what they are anyway. */
const inAddress = ({ metric, window, goal, ...needs }: Chosen) => ({
  metric: metric === 'speed' ? undefined : metric,
  window: window === '24h' ? undefined : window,
  goal: goal === 'balanced' ? undefined : goal,
  ...needsInAddress(needs),
});

function Now({ content, pulse }: { content: NowContent; pulse: Pulse }) {
  const { models, metric, window, goal, needs, incidents, open, moves, reliability, round } = content;
  const all = models.flatMap(({ endpoints }) => endpoints);
  return (
    <>
      <div class="head">
        <div>
          {models.length === 0 ? (
            <FirstRun round={round} />
          ) : (
            <>
              <h1>
                <Says sentences={standingOf(all)} />
              </h1>
              <Evidence content={content} pulse={pulse} />
            </>
          )}
        </div>
        <Figures content={content} pulse={pulse} />
      </div>
      <Section title="Which provider, right now?" beside={<Views content={content} pulse={pulse} />}>
        <Choice content={content} />
        <Board models={models} metric={metric} />
        <Legend />
        {models.length > 0 && (
          <Exports address={figureAddress('/', 'board', inAddress({ metric, window, goal, ...needs }))} />
        )}
      </Section>
      <div class="columns">
        <Section title="Reliability, 90 days" beside={<a href="/providers">All providers</a>}>
          <Ribbons reliability={reliability} endpoints={all} />
          {reliability === null || reliability.length === 0 ? null : (
            <Exports address={figureAddress('/', 'reliability')} />
          )}
        </Section>
        <div>
          <Section title="Got slower, got faster" beside={<span class="note">last {MOVED_DAYS} days</span>}>
            <Moves moves={moves} />
            {moves.length > 0 && <Exports address={figureAddress('/', 'moves')} />}
          </Section>
          <Section
            title={open > 0 ? 'Happening now' : 'Happened last'}
            beside={
              <a href="/incidents">
                {open > (incidents?.length ?? open) ? `All ${open} open incidents` : 'All incidents'}
              </a>
            }
          >
            <Events
              incidents={incidents}
              nowMs={pulse.nowMs}
              nothing="Nothing has happened since we began to look."
              inShort
            />
          </Section>
        </div>
      </div>
    </>
  );
}

const linkFrom = ({ metric, window, goal, needs }: NowContent) => {
  const chosen: Chosen = { metric, window, goal, ...needs };
  return (changed: Partial<Chosen>) => withQuery('/', inAddress({ ...chosen, ...changed }));
};

/** What the cells show, and over how long. */
function Views({ content, pulse }: { content: NowContent; pulse: Pulse }) {
  const { metric, window } = content;
  const link = linkFrom(content);
  const windows = WINDOWS.filter(
    (each) => each === window || WINDOW_HOURS[each] * HOUR_MS >= LEAST_REPLIES * pulse.intervalMs,
  );
  return (
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
  );
}

/** For what, and with what, "use now" is meant: folded away until somebody wants it otherwise. */
function Choice({ content }: { content: NowContent }) {
  const { metric, window, goal, needs } = content;
  const link = linkFrom(content);
  const isChosen = goal !== 'balanced' || hasNeeds(needs);
  return (
    <details class="filters" open={isChosen}>
      <summary>What matters to you</summary>
      <div class="controls asked">
        <GoalAndNeeds
          goal={goal}
          asked={needs}
          action="/"
          rest={inAddress({ metric, window, goal, ...NOTHING_NEEDED })}
          asking={link}
        />
        {isChosen ? <a href={link({ goal: 'balanced', ...NOTHING_NEEDED })}>Reset</a> : null}
      </div>
    </details>
  );
}
