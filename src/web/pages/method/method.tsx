/** @jsxImportSource hono/jsx */
import type { Child } from 'hono/jsx';
import { z } from 'zod';
import { INCIDENT_KINDS, SCOPES } from '../../../domain/incident.ts';
import { CLASSES, CONFORMANCE_FLAGS, type FailureOutcome, OUTCOMES } from '../../../domain/outcome.ts';
import { COLUMN_NAMES, COLUMNS, type ColumnName, dataName } from '../../../domain/record.ts';
import { LEAST_AVAILABILITY, LEAST_SAMPLES } from '../../../domain/rules.ts';
import { LEAST_FOR_PERCENTILE } from '../../../domain/statistics.ts';
import { FEATURES, FINDINGS, FLAG_KINDS, GOALS, METRICS, type STATES } from '../../../domain/verdict.ts';
import { FEATURE_WORDS, STATE_WORDS } from '../../../domain/words.ts';
import { formatDuration, formatMs } from '../../../lib/format.ts';
import { snake } from '../../data-names.ts';
import { MaybeNumber, Text } from '../../schemas/schema.ts';
import { KIND_WORDS, STATE_LOOKS } from '../../words.ts';
import { linked } from '../data.tsx';
import type { Pulse } from '../layout.tsx';
import { GOAL_WORDS } from '../model/words.ts';
import { page } from '../page.tsx';
import { Mark, SCROLLS } from '../parts.tsx';
import {
  CLASSES_MEAN,
  FAULTS,
  FEATURES_MEAN,
  FINDINGS_MEAN,
  FLAGS_MEAN,
  GOALS_MEAN,
  KINDS_MEAN,
  METRICS_MEAN,
  SCOPES_MEAN,
  STATES_MEAN,
} from './meanings.ts';

const MethodContent = z.object({
  prompt: Text,
  expected: Text,
  max_tokens: z.number(),
  mode: z.enum(['stream', 'plain']),
  retries: z.number(),
  deadlines: z.object({ connect: z.number(), first_token: z.number(), stall: z.number(), total: z.number() }),
  retention_days: z.number(),
  instrument_error_p99_ms: MaybeNumber,
  worker_lag_ms: MaybeNumber,
});
type MethodContent = z.output<typeof MethodContent>;

/** Can I trust it? */
export const METHOD_PAGE = page({
  path: '/method',
  id: 'method_page',
  summary: 'What is measured, how each figure is defined, and what cannot be known',
  parameters: z.object({}),
  content: MethodContent,
  handle: async (_, { setup, health }) => {
    const { connectMs, firstTokenMs, stallMs, totalMs } = setup.limits;
    const { instrumentErrorP99Ms, workerLagMs } = await health();
    return {
      ...{ prompt: setup.prompt, expected: setup.expected, max_tokens: setup.maxTokens, mode: setup.mode },
      retries: setup.retries,
      deadlines: { connect: connectMs, first_token: firstTokenMs, stall: stallMs, total: totalMs },
      retention_days: setup.retentionDays,
      instrument_error_p99_ms: instrumentErrorP99Ms,
      worker_lag_ms: workerLagMs,
    };
  },
  view: (content, pulse) => ({
    title: 'Method',
    description: 'What is measured, how each figure is defined, whose fault a failure is, and what we cannot know.',
    className: 'reading',
    main: <Method content={content} pulse={pulse} />,
  }),
});

/** Of a heading: the `rule` of a verdict is one of them. */
export const anchorOf = (title: string) =>
  title
    .toLowerCase()
    .replace(/[^a-z]+/g, '-')
    .replace(/^-|-$/g, '');

const TITLES = [
  'The question',
  'Moments',
  'Figures',
  'Outcomes',
  'Availability',
  'Enough data',
  'Comparison',
  'Recommendation',
  'State',
  'Outages and how far they reach',
  'Places',
  'Changes',
  'Claims and policies',
  'Is it the same model?',
  'Features',
  'Incidents',
  'Keeping',
  'Our own error',
  'What we cannot know',
] as const;

function Part({ title, children }: { readonly title: (typeof TITLES)[number]; readonly children: Child }) {
  return (
    <section id={anchorOf(title)}>
      <h2>
        <a href={`#${anchorOf(title)}`}>{title}</a>
      </h2>
      {children}
    </section>
  );
}

function Method({ content, pulse }: { readonly content: MethodContent; readonly pulse: Pulse }) {
  return (
    <>
      <h1>One question, the same for all, asked over and over; every reply kept.</h1>
      <p class="lead">
        Each figure here has one definition, written below from the program itself. Who cannot be told apart from noise
        is never called better.
      </p>
      <nav class="contents" aria-label="On this page">
        {TITLES.map((title) => (
          <a href={`#${anchorOf(title)}`}>{title}</a>
        ))}
      </nav>
      <Question content={content} pulse={pulse} />
      <Measured />
      <Outcomes />
      <Statistics />
      <Judged />
      <Limits content={content} />
    </>
  );
}

function Question({ content, pulse }: { readonly content: MethodContent; readonly pulse: Pulse }) {
  const { prompt, expected, max_tokens, mode, retries, deadlines } = content;
  return (
    <Part title="The question">
      <p>
        Every {formatDuration(pulse.intervalMs)}, on a grid of UTC, each live provider of each model is asked one
        question by one request, all providers of a model at the same moment, in an order shuffled anew each time. We
        set no temperature and nothing else that a user would not set.
      </p>
      <dl class="facts">
        <dt>Asked</dt>
        <dd>
          <code>{prompt}</code>
        </dd>
        <dt>Right is</dt>
        <dd>
          <code>{expected}</code>, however the number is written; what counts is where the answer ends
        </dd>
        <dt>Form</dt>
        <dd>
          {mode === 'stream' ? 'streamed' : 'not streamed'}, at most {max_tokens} output tokens
        </dd>
        <dt>Deadlines</dt>
        <dd>
          connect {formatDuration(deadlines.connect)}, first token {formatDuration(deadlines.first_token)}, pause{' '}
          {formatDuration(deadlines.stall)}, in all {formatDuration(deadlines.total)}
        </dd>
        <dt>Retries</dt>
        <dd>
          {retries} at most, and only after a network fault before the first byte or a 5xx; each attempt is a row of its
          own
        </dd>
      </dl>
    </Part>
  );
}

/** What is measured of a reply: columns in ms and per second, each with its own definition. */
const isMeasured = (name: ColumnName) => name !== 'responseEndIso' && /Ms$|Tps$|tokensPerChunk/.test(name);
const isMoment = (name: ColumnName) => COLUMNS[name].about.startsWith('Moment');

function Measured() {
  const figures = COLUMN_NAMES.filter((name) => isMeasured(name) && !isMoment(name));
  const rest = COLUMN_NAMES.filter((name) => !isMeasured(name));
  return (
    <>
      <Part title="Moments">
        <p>
          All of them are milliseconds since the call that opened the request, on the monotonic clock, taken when bytes
          arrive and before anything looks inside them. Bytes of one read share one moment.
        </p>
        <Terms
          terms={COLUMN_NAMES.filter(isMoment).map((name) => [dataName(name), aboutOf(name).replace('Moment: ', '')])}
        />
      </Part>
      <Part title="Figures">
        <p>
          “First token” is the time to first token (TTFT), “time per token” the time per output token (TPOT), “output
          speed” 1000 / TPOT. They start when the request is fully written: a cold connection is not counted as model
          time. Definitions are those of{' '}
          <a href="https://github.com/kubernetes-sigs/inference-perf/blob/main/docs/metrics.md">inference-perf</a>. Null
          is unknown, never zero.
        </p>
        <Terms terms={figures.map((name) => [dataName(name), aboutOf(name)])} />
        <p>
          TPOT is null unless at least two tokens are known, output came in two reads or more, and no reasoning stayed
          hidden. Verdicts compare these:
        </p>
        <Terms
          terms={METRICS.map((metric) => [snake(metric), `${METRICS_MEAN[metric][1]} (${METRICS_MEAN[metric][0]})`])}
        />
        <p class="note">
          All other columns, defined on <a href="/data">the page of the data</a>:{' '}
          {rest.map((name, at) => (
            <>
              {at === 0 ? '' : ', '}
              <code>{dataName(name)}</code>
            </>
          ))}
          .
        </p>
      </Part>
    </>
  );
}

const aboutOf = (name: ColumnName): string => COLUMNS[name].about;

function Outcomes() {
  return (
    <Part title="Outcomes">
      <p>
        Whose fault was it? Status 200 proves nothing: a reply is good only when it is complete and is what was asked
        for. Each attempt gets one outcome, settled before it is stored and never rewritten.
      </p>
      <section class="panel" aria-label="Outcomes" {...SCROLLS}>
        <table>
          <thead>
            <tr>
              <th scope="col">Outcome</th>
              <th scope="col">Class</th>
              <th scope="col">When</th>
            </tr>
          </thead>
          <tbody>
            {OUTCOMES.map((outcome) => (
              <>
                <tr>
                  <th scope="row">
                    <code>{outcome}</code>
                  </th>
                  <td colspan={2}>
                    <b>{FAULTS[outcome]}</b>
                  </td>
                </tr>
                {outcome !== 'ok' &&
                  CLASSES[outcome as FailureOutcome].map((errorClass) => (
                    <tr>
                      <td />
                      <th scope="row">
                        <code>{errorClass}</code>
                      </th>
                      <td>{CLASSES_MEAN[errorClass]}</td>
                    </tr>
                  ))}
              </>
            ))}
          </tbody>
        </table>
      </section>
      <p class="note">
        A good reply may still break a rule of the protocol; that is kept beside it:{' '}
        {CONFORMANCE_FLAGS.map((flag, at) => (
          <>
            {at === 0 ? '' : ', '}
            <code>{flag}</code>
          </>
        ))}
        .
      </p>
    </Part>
  );
}

function Statistics() {
  const least = Object.entries(LEAST_FOR_PERCENTILE).map(([p, n]) => `p${p} from ${n}`);
  return (
    <>
      <Part title="Availability">
        <Formula>availability = ok / (ok + target_error)</Formula>
        <p>
          over first attempts of standard probes. Beside it: <b>after retries</b>, the same of final attempts;{' '}
          <b>strict</b>, rate limits counted against; <b>coverage</b>, probes sent / probes due, those of a provider
          that was delisted among them. Percentages are floored: only all of them are 100%. The interval (95%) is
          Wilson’s; over three days or more it is widened by how much days differ, because failures come in outages
          (Cochran, 1977). In ribbons and calendars a day is amber, or red, only where even the upper bound is below
          99%, or 90%.
        </p>
      </Part>
      <Part title="Enough data">
        <p>
          Percentiles are nearest-rank and never interpolated, and there is none below so many replies:{' '}
          {least.join(', ')}. Over long windows they come from mergeable histograms, within 1%; never from averages of
          averages. Nobody is recommended with fewer than {LEAST_SAMPLES} first attempts, compared with fewer than{' '}
          {LEAST_SAMPLES} common rounds, or shown with a median of fewer than {LEAST_FOR_PERCENTILE[50]} replies.
        </p>
      </Part>
      <Part title="Comparison">
        <p>
          Two providers are compared only over rounds in which both answered the same question at the same moment. The
          ratio is Hodges–Lehmann’s estimate: the median of the means of all pairs of ln(b / a). Its interval (95%)
          comes from a moving-block bootstrap, so that neighbours that resemble each other do not count twice. Better is
          whose interval lies wholly on one side; otherwise nobody is.
        </p>
        <p>
          <b>Ranks</b>: a place reaches from 1 + those who are better, to all less those who are worse. Whoever cannot
          be told apart shares it (“3–5”), and is ordered by price.
        </p>
      </Part>
    </>
  );
}

function Judged() {
  return (
    <>
      <Part title="Recommendation">
        <p>
          To avoid are those that are down, refuse our token, were delisted, show strong signs of another model,
          advertise a needed feature that fails, or whose upper bound of availability is below{' '}
          {LEAST_AVAILABILITY * 100}%. The others are set apart by the goal, as a natural logarithm of how much worse
          one is than another:
        </p>
        <Terms terms={GOALS.map((goal) => [goal, `${GOAL_WORDS[goal].goal}: ${GOALS_MEAN[goal]}`])} />
        <p>Among those within noise of the best, whoever scores within 10% of it goes by price.</p>
      </Part>
      <Part title="State">
        <p>How a target is now; the first that holds, from top to bottom:</p>
        <dl class="terms">
          {Object.entries(STATES_MEAN).map(([state, meaning]) => (
            <>
              <dt>
                <Mark {...STATE_LOOKS[state as (typeof STATES)[number]]}>
                  {STATE_WORDS[state as (typeof STATES)[number]]}
                </Mark>{' '}
                <code>{state}</code>
              </dt>
              <dd>{meaning}</dd>
            </>
          ))}
        </dl>
        <p>
          Chance explains a run of k failures where p^k is not below 10⁻⁶ (10⁻⁸ within one round), p being how often it
          usually fails: (failures + 0.1) / (probes + 20) of 14 days. Slow means slower than its own normal, not slower
          than others. Whoever answers, and whose upper bound of availability is below {LEAST_AVAILABILITY * 100}%, is
          said to fail often.
        </p>
      </Part>
      <Part title="Outages and how far they reach">
        <p>An outage is told once, however many show it, as wide as the evidence goes:</p>
        <Terms terms={SCOPES.map((scope) => [scope, SCOPES_MEAN[scope]])} />
        <p>
          “Is it down, or just me?” asks the same four, this endpoint, its provider, its model and our own connection,
          over the last three intervals:
        </p>
        <Terms terms={FINDINGS.map((finding) => [finding, FINDINGS_MEAN[finding]])} />
      </Part>
      <Part title="Places">
        <p>
          Every figure, rank, comparison, change and incident is of one place from which we ask; none is ever made of
          two. Places share the question, the moment and the order in which targets are asked, so that two of them can
          be compared round by round, as two providers are. What one place sees alone is told as seen from there.
        </p>
      </Part>
      <Part title="Changes">
        <p>
          A level changed where the mean of the last w samples lies so far from that before that noise, which resembles
          itself from sample to sample, would hardly do it: distance² in units of its variance above u² + 2 ln(336 / w),
          for every w from 6 to 336 (Dümbgen and Spokoiny, 2001). Habits of the hour are taken out first. What is shown
          (u = 3.6) is wrong fewer than 0.2 times per series and quarter; what is told as an incident (u = 5.3) so
          rarely that a thousand targets do not cry wolf. In noise of a standard deviation of 0.4, a rise of 50% is
          shown within 48 samples in four of ten cases, within 96 in nearly nine of ten. Below 8% nothing is told.
        </p>
      </Part>
      <Part title="Claims and policies">
        <p>
          Each good reply is paired with what the router’s catalogue claimed in the same round. A pick of the router is
          the best when over the window nobody is better beyond noise and by more than 5%; otherwise its regret is its
          median less the best one’s.
        </p>
      </Part>
      <Part title="Is it the same model?">
        <p>
          We say what was seen and no more. Each sign is a change of a provider against its own past and against others
          in the same rounds; only several at one moment, or a clear change of the prompt’s token count, are strong.
        </p>
        <Terms terms={FLAG_KINDS.map((kind) => [kind, FLAGS_MEAN[kind]])} />
      </Part>
      <Part title="Features">
        <p>
          Each is tried once a day. Works: all of the last seven trials did; sometimes: some did; fails: none of at
          least three; not offered: none did, and the catalogue does not say it would.
        </p>
        <Terms terms={FEATURES.map((feature) => [feature, `${FEATURE_WORDS[feature]}: ${FEATURES_MEAN[feature]}`])} />
      </Part>
      <Part title="Incidents">
        <Terms terms={INCIDENT_KINDS.map((kind) => [kind, `${KIND_WORDS[kind]}: ${KINDS_MEAN[kind]}`])} />
        <p>
          Each names the attempts that prove it. Judging rests on nothing that came later, so a restart finds the same
          incidents again.
        </p>
      </Part>
    </>
  );
}

function Limits({ content }: { readonly content: MethodContent }) {
  const { instrument_error_p99_ms, worker_lag_ms, retention_days } = content;
  return (
    <>
      <Part title="Keeping">
        <p>
          Attempts are kept here for {retention_days} days, hourly and daily figures and incidents for good. What is
          pushed to a dataset is written once and never changed.
        </p>
      </Part>
      <Part title="Our own error">
        <p>
          Beside each round the instrument asks a server of our own, which tells when it wrote what, and compares.{' '}
          {instrument_error_p99_ms === null ? (
            'No such comparison has finished yet.'
          ) : (
            <>
              In the last one 99 of 100 moments were within <b>{formatMs(instrument_error_p99_ms)}</b> of the truth.
            </>
          )}{' '}
          {worker_lag_ms !== null &&
            `The worst delay of our event loop in the last round was ${formatMs(worker_lag_ms)}. `}
          Each row carries both figures.
        </p>
      </Part>
      <Part title="What we cannot know">
        <ul class="reasons">
          <li>How it is from anywhere else: the way from the place that asks is in every figure.</li>
          <li>Which hardware or weights answer: we see replies, and say what another model would explain.</li>
          <li>Tokens: a client sees chunks. Counts of tokens are the provider’s own.</li>
          <li>Long prompts, heavy load and other questions: this is one short question, a few times an hour.</li>
          <li>What happens between two rounds, unless it lasts into one.</li>
          <li>Whether a cache answered, unless the provider says so.</li>
        </ul>
      </Part>
    </>
  );
}

function Terms({ terms }: { readonly terms: readonly (readonly [name: string, meaning: string])[] }) {
  return (
    <dl class="terms">
      {terms.map(([name, meaning]) => (
        <>
          <dt>
            <code>{name}</code>
          </dt>
          <dd>{linked(meaning)}</dd>
        </>
      ))}
    </dl>
  );
}

function Formula({ children }: { readonly children: Child }) {
  return (
    <p class="formula">
      <code>{children}</code>
    </p>
  );
}
