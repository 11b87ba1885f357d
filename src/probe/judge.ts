import { type ErrorClass, type ErrorPhase, type Failure, outcomeOf, type Verdict } from '../domain/outcome.ts';
import { conformanceOf, isCutByProber, type Promised } from './conformance.ts';
import { errorOfBody, excerpt } from './error-text.ts';
import type { Exchange, Reply } from './types.ts';

export interface JudgeContext extends Promised {
  /** A deadline that fired while our event loop was later than this proves nothing. */
  readonly loopLagLimitMs: number;
  /** What the control request said; null when none was made. */
  readonly online: boolean | null;
}

const DEADLINES: ReadonlySet<ErrorClass> = new Set([
  'connect_timeout',
  'first_token_timeout',
  'stall_timeout',
  'total_timeout',
]);

/** What a dead network of our own looks like: nothing connects, connections break, nothing more arrives. */
const NETWORK_CLASSES: ReadonlySet<ErrorClass> = new Set([
  ...DEADLINES,
  'dns',
  'connect_refused',
  'tls',
  'connection_reset',
]);

/**
 * Whose fault was it? The first that holds: we were told to stop · our own network or event loop failed · the router was not
 * reached · the HTTP status · the first fault in the reply · how the exchange ended · an empty reply; else `ok`, with
 * what it still got wrong. HTTP 200 proves nothing.
 */
export function judge(exchange: Exchange, context: JudgeContext): Verdict {
  const failure = failureOf(exchange);
  const isDeadline = failure === null ? isCutByProber(exchange) : DEADLINES.has(failure.errorClass);
  if (failure !== null && NETWORK_CLASSES.has(failure.errorClass) && context.online === false) {
    return fail('no_connectivity', failure.errorPhase, `no control host answered either (${failure.message})`);
  }
  const lateMs = exchange.deadlineLagMs ?? 0;
  if (isDeadline && lateMs > context.loopLagLimitMs) {
    const message = `our event loop was ${Math.round(lateMs)} ms late when a deadline fired`;
    return fail('overloaded', phaseOf(exchange), message);
  }
  return failure ?? { outcome: 'ok', conformance: conformanceOf(exchange, context) };
}

/** Whether a failure may be our own network's, so that a control request must tell before it is judged. */
export function isNetworkFailure(exchange: Exchange): boolean {
  const failure = failureOf(exchange);
  return failure !== null && NETWORK_CLASSES.has(failure.errorClass);
}

/** The failure that the exchange by itself shows; null for a good reply. */
function failureOf(exchange: Exchange): Failure | null {
  const { ending, status, reply } = exchange;
  if (ending.kind === 'cancelled') return fail('shutdown', null, 'stopped by our shutdown');
  if (ending.kind === 'failed' && outcomeOf(ending.errorClass, true) === 'prober_error') return wireFailure(exchange);
  if (status === null || reply === null) return wireFailure(exchange);
  if (status < 200 || status > 299) return statusFailure(status, reply.text);
  return replyFailure(exchange, reply);
}

function statusFailure(status: number, body: string): Failure {
  const said = errorOfBody(body);
  const about = excerpt(said.message);
  const message = about === '' ? `HTTP ${status}` : `HTTP ${status}: ${about}`;
  return fail(classOfStatus(status, said), 'headers', message);
}

function classOfStatus(status: number, said: { message: string; code: string | null }): ErrorClass {
  switch (status) {
    case 400:
      return isModelNotSupported(said) ? 'model_not_supported' : 'http_4xx';
    case 401:
      return 'bad_token';
    case 402:
      return 'no_credits';
    case 403:
      return 'forbidden';
    case 429:
      return 'http_429';
  }
  if (status >= 300 && status <= 399) return 'redirect_refused';
  if (status >= 400 && status <= 499) return 'http_4xx';
  return status >= 500 && status <= 599 ? 'http_5xx' : 'protocol_error';
}

/** "The requested model 'x/y' is not supported by any provider you have enabled", "Model not supported by provider z". */
const MODEL_NOT_SUPPORTED = /\bmodel\s+(?:['"`]?[^\s'"`]{1,200}['"`]?\s+)?(?:is\s+)?not\s+supported\b/i;

function isModelNotSupported({ message, code }: { message: string; code: string | null }): boolean {
  return code === 'model_not_supported' || MODEL_NOT_SUPPORTED.test(message.slice(0, 1000));
}

function replyFailure(exchange: Exchange, reply: Reply): Failure | null {
  const { ending } = exchange;
  const phase = phaseOf(exchange);
  const { problem } = reply;
  if (problem !== null && problem.errorClass !== 'wrong_format') {
    return fail(problem.errorClass, phase, `${PROBLEMS[problem.errorClass]}: ${problem.detail}`);
  }
  if (isCutByProber(exchange)) return null;
  if (ending.kind !== 'complete' && !isHarmless(exchange, reply)) return wireFailure(exchange);
  if (problem !== null) return fail('wrong_format', phase, `${notAsAsked(reply)}: ${problem.detail}`);
  if (reply.text.trim() === '') return fail('empty_reply', phase, 'the body is empty');
  if (reply.mode === 'stream' && reply.events === 0) return fail('empty_reply', phase, 'the stream has no event');
  if (reply.mode === 'stream' && !isFinished(reply)) {
    return fail('truncated_reply', phase, 'the stream ended with neither a finish reason nor [DONE]');
  }
  if (reply.answer !== '' || reply.hasToolCall || isAllowanceSpentThinking(reply)) return null;
  return fail('empty_reply', phase, reply.reasoning === '' ? 'the reply has no output' : 'the reply is only reasoning');
}

const PROBLEMS = {
  error_in_reply: 'the reply reports an error',
  malformed_event: 'an event is no JSON object',
};

function notAsAsked({ mode }: Reply): string {
  return mode === 'stream' ? 'the body is no event stream' : 'the body is no chat completion';
}

/** Thinking up to `max_tokens` is what we asked for; some providers count the thinking and do not show it. */
function isAllowanceSpentThinking({ finishReason, reasoning, usage }: Reply): boolean {
  return finishReason === 'length' && (reasoning !== '' || (usage?.reasoningTokens ?? 0) > 0);
}

/** The reply said that it was over before the exchange ended badly. What then floods us is harmless only after `[DONE]`, where clients stop reading. */
function isHarmless({ ending }: Exchange, reply: Reply): boolean {
  const isFlood = ending.kind === 'limit' && ending.limit === 'oversize_reply';
  return isFlood ? reply.doneMs !== null : isFinished(reply);
}

function isFinished({ finishReason, doneMs }: Reply): boolean {
  return finishReason !== null || doneMs !== null;
}

const LIMIT_MESSAGES = {
  connect_timeout: 'no connection in time',
  first_token_timeout: 'no output in time',
  stall_timeout: 'the output stalled',
  total_timeout: 'the reply did not end in time',
  oversize_reply: 'the body is larger than we read',
};

/** What the wire alone tells of an exchange that did not end well. */
function wireFailure(exchange: Exchange): Failure {
  const { ending, sentMs, headersMs } = exchange;
  switch (ending.kind) {
    case 'limit':
      return fail(ending.limit, phaseOf(exchange), LIMIT_MESSAGES[ending.limit], sentMs !== null);
    case 'failed': {
      const phase = headersMs === null ? ending.errorPhase : phaseOf(exchange);
      return fail(
        ending.errorClass,
        phase,
        `${ending.errorClass.replaceAll('_', ' ')} (${ending.detail})`,
        sentMs !== null,
      );
    }
    default:
      return fail('protocol_error', phaseOf(exchange), 'the connection ended without a response');
  }
}

/** How far the exchange had come. A plain reply does not show its first token: its body is one phase. */
function phaseOf({ sentMs, headersMs, reply }: Exchange): ErrorPhase {
  if (headersMs === null || reply === null) return sentMs === null ? 'connect' : 'headers';
  if (isFinished(reply)) return 'close';
  return reply.mode === 'stream' && reply.firstTokenMs === null ? 'first_token' : 'stream';
}

function fail(errorClass: ErrorClass, errorPhase: ErrorPhase | null, message: string, wasSent = true): Failure {
  return { outcome: outcomeOf(errorClass, wasSent), errorClass, errorPhase, message } as Failure;
}
