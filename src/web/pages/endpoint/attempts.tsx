/** @jsxImportSource hono/jsx */
import { formatMs, formatTps, formatUsd } from '../../../lib/format.ts';
import { causeWords, type Tone, upper } from '../../words.ts';
import { attemptPath } from '../links.ts';
import { Mark, SCROLLS, Section, When } from '../parts.tsx';
import type { Attempt } from './content.ts';
import type { Props } from './reliability.tsx';

const SHOWN = 10;
const LONGEST_MESSAGE = 120;

/** What it answered last. */
export function LatestAttempts({ known, nowMs }: Props) {
  const attempts = (known.attempts ?? []).slice(0, SHOWN);
  return (
    <Section title="Latest attempts">
      {attempts.length === 0 ? (
        <p class="note">{known.attempts === null ? 'They could not be read.' : 'None in the last 24 hours.'}</p>
      ) : (
        <section class="panel" aria-label="Latest attempts" {...SCROLLS}>
          <table class="attempts">
            <thead>
              <tr>
                <th scope="col">Time</th>
                <th scope="col">Result</th>
                <th scope="col" class="n">
                  First token
                </th>
                <th scope="col" class="n">
                  Speed
                </th>
                <th scope="col" class="n">
                  Cost
                </th>
                <th scope="col">Answer</th>
                <th scope="col">
                  <span class="vh">Attempt</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {attempts.map((attempt) => (
                <tr>
                  <th scope="row">
                    <When at={attempt.cycle_timestamp_iso} nowMs={nowMs} />
                  </th>
                  <td>{resultOf(attempt)}</td>
                  <td class="n">{formatMs(attempt.ttft_ms)}</td>
                  <td class="n">{formatTps(attempt.decode_tps)}</td>
                  <td class="n">{formatUsd(attempt.cost_usd)}</td>
                  <td class="said">{answerOf(attempt)}</td>
                  <td>
                    <a href={attemptPath(attempt.attempt_id)}>
                      All of it<span class="vh">, attempt {attempt.attempt_id}</span>
                    </a>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </Section>
  );
}

function resultOf({ outcome, response_status_code: status, error_class }: Attempt) {
  const code = status === null || status < 0 ? '' : ` ${status}`;
  const name = error_class ?? outcome;
  const words = name.startsWith('http_') && code !== '' ? 'HTTP' : upper(name.replaceAll('_', ' '));
  if (outcome === 'ok') {
    return (
      <Mark shape="dot" tone="good">
        OK{code}
      </Mark>
    );
  }
  const isTheirs = outcome === 'target_error';
  const tone: Tone = isTheirs ? 'bad' : 'quiet';
  return (
    <Mark shape={isTheirs ? 'cross' : 'half'} tone={tone}>
      {words}
      {code}
    </Mark>
  );
}

function answerOf({ outcome, answer_correct, answer_value, error_class, error_message }: Attempt): string {
  if (outcome !== 'ok') {
    const message = error_message === '' ? causeWords(error_class ?? '') : error_message;
    return message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE - 1)}…` : message;
  }
  if (answer_correct === null) return 'Cut before an answer';
  return `${answer_correct ? 'Correct' : 'Wrong'}${answer_value === null ? '' : `: ${answer_value}`}`;
}
