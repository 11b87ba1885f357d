/** @jsxImportSource hono/jsx */
import { formatMs, formatTps, formatUsd } from '../../../lib/format.ts';
import { type Chart, Exports } from '../../charts/figure.tsx';
import { causeWords, type Tone, upper } from '../../words.ts';
import { attemptPath } from '../links.ts';
import { Mark, SCROLLS, Section, When } from '../parts.tsx';
import type { Attempt } from './content.ts';
import { addressOf, type Props } from './reliability.tsx';

const SHOWN = 10;
const LONGEST_MESSAGE = 120;

/** All of the last 24 hours. */
export function attemptsFigure({ content, known: { attempts } }: Props): Chart | null {
  if (attempts === null) return null;
  return {
    name: `Latest attempts at ${content.provider} on ${content.model_id}`,
    table: {
      columns: [
        { name: 'cycle_timestamp_iso', word: 'Due (UTC)', text: (at: string) => at.slice(0, 16).replace('T', ' ') },
        { name: 'attempt_id', word: 'Attempt', text: (id: string) => id.slice(0, 8) },
        { name: 'outcome', word: 'Outcome' },
        { name: 'error_class', word: 'Failure' },
        { name: 'response_status_code', word: 'Status' },
        { name: 'ttft_ms', word: 'First token', text: formatMs },
        { name: 'decode_tps', word: 'Speed', text: formatTps },
        { name: 'cost_usd', word: 'Cost', text: formatUsd },
        { name: 'answer_correct', word: 'Correct' },
      ],
      rows: attempts.map((each) => [
        ...[each.cycle_timestamp_iso, each.attempt_id, each.outcome, each.error_class, each.response_status_code],
        ...[each.ttft_ms, each.decode_tps, each.cost_usd, each.answer_correct],
      ]),
    },
  };
}

/** What it answered last. */
export function LatestAttempts({ content, known, nowMs }: Props) {
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
      {attempts.length > 0 && <Exports address={addressOf(content, 'attempts')} />}
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
