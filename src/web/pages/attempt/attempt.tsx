/** @jsxImportSource hono/jsx */
import { z } from 'zod';
import { formatMs, formatUsd } from '../../../lib/format.ts';
import * as given from '../../parameters.ts';
import { causeWords, OUTCOME_LOOKS } from '../../words.ts';
import type { Pulse, View } from '../layout.tsx';
import { attemptDataPath, attemptPath } from '../links.ts';
import { type Page, page } from '../page.tsx';
import { Crumbs, EndpointLink, Mark, ModelLink, SCROLLS, Section, When } from '../parts.tsx';
import { Says } from '../says.tsx';
import { shortName } from '../standing.ts';
import { AttemptContent, type AttemptInShort, type AttemptRow, attemptContent } from './content.ts';
import { Facts, Figures } from './facts.tsx';
import { Chunks, momentsFigure, stripFigure, TimeLine } from './time-line.tsx';
import { Answer, Wire } from './wire.tsx';
import { faultOf, kindWords, resultOf } from './words.ts';

/** What did it really answer? */
export const ATTEMPT_PAGE: Page = page({
  path: '/attempts/{id}',
  id: 'attempt_page',
  summary: 'One attempt: what was sent, what came, chunk by chunk',
  parameters: z.object({ id: given.id }),
  content: AttemptContent,
  handle: attemptContent,
  view: (content, pulse) => attemptView(content as unknown as Content, pulse),
  figures: {
    moments: (content) => momentsFigure((content as unknown as Content).attempt),
    chunks: (content) => stripFigure((content as unknown as Content).attempt),
  },
});

interface Content {
  readonly attempt: AttemptRow;
  readonly probe: readonly AttemptInShort[];
  readonly elsewhere: readonly AttemptInShort[];
  readonly previous: string | null;
  readonly next: string | null;
}

function attemptView(content: Content, { nowMs }: Pulse): View {
  const { attempt } = content;
  const { model_id, provider_name, attempt_id, answer_text } = attempt;
  const result = resultOf(attempt);
  return {
    title: `${result.subject}${result.rest}`.replace(/\.$/, ''),
    className: 'attempt',
    json: attemptDataPath(attempt_id),
    canonical: attemptPath(attempt_id),
    main: (
      <>
        <Crumbs>
          <a href="/models">Models</a>
          {model_id !== null && <ModelLink modelId={model_id}>{shortName(model_id)}</ModelLink>}
          {model_id !== null && provider_name !== null && (
            <EndpointLink modelId={model_id} provider={provider_name}>
              {provider_name}
            </EndpointLink>
          )}
        </Crumbs>
        <div class="head">
          <h1>
            <Says sentences={[result]} />
          </h1>
          <Neighbours content={content} />
        </div>
        <p class="lead">
          {kindWords(attempt)}
          {model_id !== null && `, ${shortName(model_id)}`},{' '}
          <When at={attempt.request_start_iso ?? attempt.scheduled_at_iso} nowMs={nowMs} />
          {content.probe.length > 1 && `, attempt ${attempt.attempt} of ${content.probe.length}`}.
          {attempt.outcome !== 'ok' && ` ${faultOf(attempt)}`}
        </p>
        <Figures attempt={attempt} />
        <TimeLine attempt={attempt} />
        <Chunks attempt={attempt} />
        <Answer text={answer_text} id={attempt_id} />
        <Wire attempt={attempt} />
        <div class="columns">
          <Facts attempt={attempt} />
          <div>
            <Retries attempts={content.probe} current={attempt_id} />
            <Elsewhere attempts={content.elsewhere} />
          </div>
        </div>
      </>
    ),
  };
}

/** Of the same endpoint, one before and one after. */
function Neighbours({ content: { attempt, previous, next } }: { readonly content: Content }) {
  return (
    <nav class="neighbours" aria-label="Other attempts">
      {previous !== null && (
        <a class="button plain" rel="prev" href={attemptPath(previous)}>
          ← Before
        </a>
      )}
      {next !== null && (
        <a class="button plain" rel="next" href={attemptPath(next)}>
          After →
        </a>
      )}
      <a class="button plain" href={attemptDataPath(attempt.attempt_id)}>
        JSON
      </a>
    </nav>
  );
}

function Retries({ attempts, current }: { readonly attempts: readonly AttemptInShort[]; readonly current: string }) {
  if (attempts.length < 2) return null;
  return (
    <Section title="Tries of the same question">
      <Attempts attempts={attempts} current={current} head="Attempt" nameOf={({ attempt }) => String(attempt)} />
    </Section>
  );
}

function Elsewhere({ attempts }: { readonly attempts: readonly AttemptInShort[] }) {
  if (attempts.length === 0) return null;
  return (
    <Section title="The same question elsewhere" beside={<p class="note">Same cycle</p>}>
      <Attempts
        attempts={attempts}
        current={null}
        head="Provider"
        nameOf={({ provider_name }) => provider_name ?? 'nobody'}
      />
    </Section>
  );
}

function Attempts(props: {
  readonly attempts: readonly AttemptInShort[];
  readonly current: string | null;
  readonly head: string;
  readonly nameOf: (attempt: AttemptInShort) => string;
}) {
  const { attempts, current, head, nameOf } = props;
  return (
    <section class="panel" aria-label={`${head}s`} {...SCROLLS}>
      <table class="short">
        <thead>
          <tr>
            <th scope="col">{head}</th>
            <th scope="col">Result</th>
            <th scope="col" class="n">
              First token
            </th>
            <th scope="col" class="n">
              Cost
            </th>
          </tr>
        </thead>
        <tbody>
          {attempts.map((each) => (
            <tr>
              <th scope="row">
                {each.attempt_id === current ? (
                  <b aria-current="true">{nameOf(each)}</b>
                ) : (
                  <a href={attemptPath(each.attempt_id)}>{nameOf(each)}</a>
                )}
              </th>
              <td>
                <Mark {...looksOf(each)}>{shortResult(each)}</Mark>
              </td>
              <td class="n">{formatMs(each.ttft_ms)}</td>
              <td class="n">{formatUsd(each.cost_usd)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const looksOf = ({ outcome, answer_correct }: AttemptInShort) =>
  outcome === 'ok' && answer_correct === false
    ? ({ shape: 'triangle', tone: 'warning' } as const)
    : OUTCOME_LOOKS[outcome];

function shortResult({ outcome, error_class, answer_correct, answer_value }: AttemptInShort): string {
  if (outcome !== 'ok') return causeWords(error_class ?? outcome);
  if (answer_correct === null) return 'answered';
  if (answer_correct) return 'correct';
  return answer_value === null ? 'wrong' : `wrong: ${answer_value}`;
}
