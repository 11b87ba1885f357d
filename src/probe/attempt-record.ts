import type { Verdict } from '../domain/outcome.ts';
import type { AttemptRecord } from '../domain/record.ts';
import type { PlannedProbe } from '../domain/types.ts';
import type { Redact } from '../lib/redact.ts';
import { featureWorks } from './feature-verdict.ts';
import { sanitizedResponseHeaders } from './headers.ts';
import { repliedAs } from './reply-columns.ts';
import type { Ask } from './request.ts';
import { roundedEach } from './rounded.ts';
import { catalogued, type Frame, framedBy, iso, plannedAs, UNKNOWN } from './row.ts';
import { label, shownText } from './shown-text.ts';
import type { Exchange } from './types.ts';

/** One settled attempt. */
export interface Attempt {
  readonly planned: PlannedProbe;
  /** From 1. */
  readonly attempt: number;
  readonly final: boolean;
  /** Null where building it failed, by a fault of ours. */
  readonly ask: Ask | null;
  readonly exchange: Exchange;
  readonly verdict: Verdict;
  readonly instrumentErrorP99Ms: number | null;
  /** The row of the first part, where this is the second of a feature that takes two; else null. */
  readonly first: AttemptRecord | null;
}

const MESSAGE_BYTES = 1024;

/** The row of an attempt. Whatever a provider said is redacted and capped in it. Milliseconds and rates are rounded to three decimals. */
export function attemptRecord(settled: Attempt, frame: Frame): AttemptRecord {
  const { planned, attempt, final, exchange, verdict, instrumentErrorP99Ms, first } = settled;
  const { reply, sentMs } = exchange;
  const row = {
    ...UNKNOWN,
    ...framedBy(frame, planned.kind),
    ...plannedAs(planned, attempt),
    ...catalogued(planned.target),
    final,
    ...askedAs(settled.ask, frame.redact),
    ...exchangedAs(exchange, planned.scheduledAtMs, frame.redact),
    ...(reply === null ? {} : repliedAs({ reply, sentMs, verdict, planned }, frame)),
    ...judgedAs(verdict, frame.redact),
    ...roundedEach({ instrumentErrorP99Ms }),
  };
  return { ...row, featureWorks: featureWorks(planned.kind, row, reply, first) };
}

function askedAs(ask: Ask | null, redact: Redact) {
  if (ask === null) return {};
  return {
    requestUrl: redact(ask.question.url),
    requestBody: redact(ask.question.body),
    requestHeadersSanitized: redact(ask.headersSanitized),
    route: ask.route,
  };
}

function exchangedAs(exchange: Exchange, scheduledAtMs: number, redact: Redact) {
  const { requestStartAtMs, status, headers, dnsMs, tcpMs, tlsMs, sentMs, headersMs, closedMs, loopLagMs } = exchange;
  const startAtMs = Math.floor(requestStartAtMs);
  return {
    requestStartIso: iso(startAtMs),
    responseEndIso: iso(startAtMs + closedMs),
    responseStatusCode: status ?? -1,
    responseHeadersSanitized: status === null ? null : sanitizedResponseHeaders(headers, redact),
    servedBy: label(headers['x-inference-provider'], redact),
    requestId: label(headers['x-request-id'], redact),
    remoteIp: exchange.remoteIp,
    ...roundedEach({
      durationMs: closedMs,
      dispatchDelayMs: requestStartAtMs - scheduledAtMs,
      ...{ dnsMs, tcpMs, tlsMs },
      ...{ sentMs, headersMs, closedMs, loopLagMs },
    }),
  };
}

function judgedAs(verdict: Verdict, redact: Redact) {
  if (verdict.outcome === 'ok') return { outcome: verdict.outcome, errorMessage: '', conformance: verdict.conformance };
  const { outcome, errorClass, errorPhase, message } = verdict;
  return {
    outcome,
    errorClass,
    errorPhase,
    errorMessage: shownText(message, MESSAGE_BYTES, redact).text || errorClass,
  };
}
