/** @jsxImportSource hono/jsx */
import type { Child } from 'hono/jsx';
import { formatBytes, formatCount } from '../../../lib/format.ts';
import { counted } from '../../../lib/lists.ts';
import { attemptDataPath } from '../links.ts';
import { SCROLLS, Section } from '../parts.tsx';
import type { AttemptRow } from './content.ts';
import { indented } from './indented.ts';

/** Characters of one text that a page shows; all of it is one link away. */
const MOST_SHOWN = 12_000;
const MOST_OF_ANSWER = 4000;
const MOST_HEADERS = 60;

/** What was sent and what came, as it stood on the wire. */
export function Wire({ attempt }: { readonly attempt: AttemptRow }) {
  const { request_url, request_body, request_headers_sanitized, response_headers_sanitized, attempt_id } = attempt;
  if (attempt.attempt === 0) return <p class="lead">Nothing was sent, so nothing came.</p>;
  if ([request_body, request_headers_sanitized, response_headers_sanitized].every((text) => text === null)) {
    return (
      <Section title="What was sent, and what came">
        <p class="note">
          The texts of this attempt are not kept here any more; its figures are. What was pushed before is in the
          dataset.
        </p>
      </Section>
    );
  }
  return (
    <div class="columns wires">
      <Section title="What we sent">
        <p class="line">
          <b>POST</b> {request_url}
        </p>
        <Headers json={request_headers_sanitized} />
        <Body text={request_body} whose="Request body" id={attempt_id} />
      </Section>
      <Section title="What came">
        <Came attempt={attempt} />
      </Section>
    </div>
  );
}

function Came({ attempt }: { readonly attempt: AttemptRow }) {
  const { response_status_code: status, response_headers_sanitized, response_body_raw: body, attempt_id } = attempt;
  const isReassembled = attempt.outcome === 'ok' && attempt.chunks !== null;
  return (
    <>
      <p class="line">
        {status === null || status < 0 ? (
          'No status line came.'
        ) : (
          <>
            <b>{status}</b> in {attempt.reads === null ? 'one reply' : counted(attempt.reads, 'read')}
          </>
        )}
      </p>
      <Headers json={response_headers_sanitized} />
      <Body
        text={body}
        whose={isReassembled ? 'Body, put together from its chunks' : 'Body as received'}
        id={attempt_id}
      >
        {body === null ? null : <a href={`${attemptDataPath(attempt_id)}/response`}>As plain text</a>}
      </Body>
      {attempt.response_body_truncated === true && (
        <p class="note">We kept the beginning; all of it had {formatBytes(attempt.response_body_bytes ?? 0)}.</p>
      )}
    </>
  );
}

/** What it said, without what it thought. */
export function Answer({ text, id }: { readonly text: string | null; readonly id: string }) {
  if (text === null || text === '') return null;
  return (
    <Section title="What it answered">
      <Text text={text} most={MOST_OF_ANSWER} name="The answer" className="wire answer-text" id={id} />
    </Section>
  );
}

/** Headers are JSON text with an object of texts; what is not is shown as it is. */
function Headers({ json }: { readonly json: string | null }) {
  if (json === null || json === '{}') return null;
  const headers = headersOf(json);
  if (headers === null) return <Text text={json} most={MOST_OF_ANSWER} name="Headers" className="wire" id={null} />;
  return (
    <dl class="headers">
      {headers.slice(0, MOST_HEADERS).map(([name, value]) => (
        <div>
          <dt>{name}</dt>
          <dd>{String(value)}</dd>
        </div>
      ))}
    </dl>
  );
}

function headersOf(json: string): readonly (readonly [string, unknown])[] | null {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? Object.entries(value) : null;
  } catch {
    return null;
  }
}

function Body(props: {
  readonly text: string | null;
  readonly whose: string;
  readonly id: string;
  readonly children?: Child;
}) {
  const { text, whose, id, children } = props;
  if (text === null || text === '') return <p class="note">No body.</p>;
  const pretty = indented(text);
  return (
    <>
      <p class="axis-title">
        {whose}, {formatBytes(Buffer.byteLength(text))} {children}
      </p>
      <Text text={text} most={MOST_SHOWN} name={whose} className="wire" id={id} />
      {pretty !== null && (
        <details class="as-table">
          <summary>Show indented</summary>
          <Text text={pretty} most={MOST_SHOWN} name={`${whose}, indented`} className="wire" id={id} />
        </details>
      )}
    </>
  );
}

/** @param id of the attempt whose data hold all of it; null: they hold no more */
function Text(props: {
  readonly text: string;
  readonly most: number;
  readonly name: string;
  readonly className: string;
  readonly id: string | null;
}) {
  const { text, most, name, className, id } = props;
  const left = text.length - most;
  return (
    <>
      <section class={className} aria-label={name} {...SCROLLS}>
        <pre>
          <code>{left > 0 ? text.slice(0, most).toWellFormed() : text}</code>
        </pre>
      </section>
      {left > 0 && (
        <p class="note">
          {formatCount(left)} more characters are not shown.{' '}
          {id !== null && <a href={attemptDataPath(id)}>All of it as JSON</a>}
        </p>
      )}
    </>
  );
}
