/** @jsxImportSource hono/jsx */
import type { Child } from 'hono/jsx';
import { formatCount, formatMs, formatTps, formatUsd, UNKNOWN } from '../../../lib/format.ts';
import { causeWords } from '../../words.ts';
import { KeyFigure, Section } from '../parts.tsx';
import type { AttemptRow } from './content.ts';
import { conformanceWords, phaseWords } from './words.ts';

const LONGEST_MESSAGE = 1000;

/** What one looks at first. */
export function Figures({ attempt }: { readonly attempt: AttemptRow }) {
  const { ttft_ms, decode_tps, tpot_ms, e2e_ms, cost_usd, prompt_tokens, completion_tokens, duration_ms } = attempt;
  if (attempt.attempt === 0) return null;
  return (
    <section aria-label="Key figures">
      <dl class="figures line">
        <KeyFigure name="First token" value={formatMs(ttft_ms)} />
        <KeyFigure name="Output speed" value={formatTps(decode_tps)}>
          {tpot_ms !== null && `${formatMs(tpot_ms)} per token`}
        </KeyFigure>
        <KeyFigure name="Whole reply" value={formatMs(e2e_ms)}>
          {duration_ms !== null && `${formatMs(duration_ms)} with connection`}
        </KeyFigure>
        <KeyFigure name="Tokens, in / out" value={`${formatCount(prompt_tokens)} / ${formatCount(completion_tokens)}`}>
          {thought(attempt)}
        </KeyFigure>
        <KeyFigure name="Cost" value={formatUsd(cost_usd)}>
          {priced(attempt)}
        </KeyFigure>
      </dl>
    </section>
  );
}

function thought({ reasoning_tokens, cached_tokens }: AttemptRow): string {
  return [
    ...(reasoning_tokens === null || reasoning_tokens === 0 ? [] : [`${formatCount(reasoning_tokens)} thinking`]),
    ...(cached_tokens === null || cached_tokens === 0 ? [] : [`${formatCount(cached_tokens)} from a cache`]),
  ].join(' · ');
}

const priced = ({ price_input_usd_per_mtok: input, price_output_usd_per_mtok: output }: AttemptRow) =>
  input === null && output === null ? '' : `at ${formatUsd(input)} / ${formatUsd(output)} per M`;

/** Where it went wrong, and who really served it. */
export function Facts({ attempt }: { readonly attempt: AttemptRow }) {
  const { error_class, error_phase, error_message, finish_reason, conformance, served_by, response_model } = attempt;
  const message = error_message.slice(0, LONGEST_MESSAGE).toWellFormed();
  return (
    <Section title="What we know of it">
      <dl class="facts">
        <Fact word="What went wrong">
          {error_class !== null && (
            <>
              {causeWords(error_class)} <code>{error_class}</code>
              {error_phase !== null && `, ${phaseWords(error_phase)}`}
            </>
          )}
        </Fact>
        <Fact word="In words">{message !== '' && `${message}${message.length < error_message.length ? '…' : ''}`}</Fact>
        <Fact word="Why it ended">{finish_reason !== null && <code>{finish_reason}</code>}</Fact>
        <Fact word="What it got wrong all the same">
          {conformance !== null && conformance.length > 0 && conformance.map(conformanceWords).join(', ')}
        </Fact>
        <Fact word="Served by">{served_by}</Fact>
        <Fact word="Says it is">
          {response_model !== null && (
            <>
              <code>{response_model}</code>
              {attempt.system_fingerprint !== null && (
                <>
                  , set-up <code>{attempt.system_fingerprint}</code>
                </>
              )}
            </>
          )}
        </Fact>
        <Fact word="Request id">{attempt.request_id !== null && <code>{attempt.request_id}</code>}</Fact>
        <Fact word="Due">
          {attempt.scheduled_at_iso}
          {attempt.dispatch_delay_ms !== null && `, sent ${formatMs(attempt.dispatch_delay_ms)} later`}
        </Fact>
        <Fact word="Our own error">
          {attempt.instrument_error_p99_ms !== null &&
            `${formatMs(attempt.instrument_error_p99_ms)} at most in 99 of 100`}
        </Fact>
        <Fact word="Seen from">{attempt.location}</Fact>
        <Fact word="Id">
          <code>{attempt.attempt_id}</code>
        </Fact>
      </dl>
    </Section>
  );
}

/** Nothing where nothing is known. */
function Fact({ word, children }: { readonly word: string; readonly children?: Child | false | null }) {
  if (children === null || children === false || children === '' || children === UNKNOWN) return null;
  return (
    <>
      <dt>{word}</dt>
      <dd>{children}</dd>
    </>
  );
}
