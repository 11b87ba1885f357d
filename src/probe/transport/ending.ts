import type { ErrorClass, ErrorPhase } from '../../domain/outcome.ts';
import type { Ending } from '../types.ts';

/** How far an exchange came. `tunnel`: a proxy has not let us through yet. */
export type Stage = 'tunnel' | 'connect' | 'tls' | 'send' | 'headers' | 'first_token' | 'stream';

/** What an error event says, without its message: messages bear names, paths and sometimes secrets. */
export interface Fault {
  /** `ECONNRESET`, `HPE_INVALID_CHUNK_SIZE`, …; the error's name where it has no code. */
  readonly code: string;
  readonly syscall: string | null;
}

/** What the wire showed once it was over, our own limits aside. */
export interface WireEnd {
  readonly stage: Stage;
  /** The request's error: the response's own is always the same "aborted". */
  readonly fault: Fault | null;
  /** The HTTP parser saw the body whole. Proves nothing for a reply delimited by its close. */
  readonly complete: boolean;
}

/** This machine has run out of something, or the request cannot be sent as it is. */
const OURS =
  /^(EMFILE|ENFILE|ENOBUFS|ENOMEM|EADDRNOTAVAIL|ERR_INVALID_\w+|ERR_HTTP_INVALID_\w+|ERR_UNESCAPED_CHARACTERS)$/;
const CLOSED = new Set(['ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ERR_SOCKET_CLOSED', 'ETIMEDOUT']);

/** Which class of failure, if any, the wire's end is; before the reply is looked at. */
export function endingOf({ stage, fault, complete }: WireEnd): Ending {
  if (fault !== null && OURS.test(fault.code)) return internalFailure(fault.code);
  const code = fault?.code ?? null;
  switch (stage) {
    case 'tunnel':
      return proxyFailure(code ?? 'closed');
    case 'connect':
      return failed(connectClassOf(fault), 'connect', code ?? 'closed while connecting');
    case 'tls':
      return code === null || CLOSED.has(code)
        ? failed('connection_reset', 'connect', `${code ?? 'closed'} in the TLS handshake`)
        : failed('tls', 'connect', code);
    case 'send':
      return failed('connection_reset', 'send', code ?? 'closed before the request was written');
    case 'headers':
      if (code === null) return failed('protocol_error', 'headers', 'closed without a response');
      return failed(isHttpFault(code) ? 'protocol_error' : 'connection_reset', 'headers', code);
    case 'first_token':
    case 'stream':
      if (code === null) {
        return complete
          ? { kind: 'complete' }
          : failed('truncated_reply', stage, 'closed before the body was complete');
      }
      if (!isHttpFault(code)) return failed('connection_reset', stage, code);
      return complete
        ? failed('truncated_reply', 'close', `${code} after the end of the body`)
        : failed('protocol_error', stage, code);
    default:
      return stage satisfies never;
  }
}

/** Our own side failed: no provider, no router. */
export const internalFailure = (detail: string) => failed('internal', null, detail);

/** We never reached the other side, because our own proxy did not let us out: never the provider's fault, nor the router's. */
export const proxyFailure = (detail: string) => failed('no_connectivity', 'connect', `proxy: ${detail}`);

export function failed(errorClass: ErrorClass, errorPhase: ErrorPhase | null, detail: string): Ending {
  return { kind: 'failed', errorClass, errorPhase, detail };
}

export function faultOf(error: unknown): Fault {
  if (error instanceof AggregateError && !('code' in error)) return faultOf(error.errors[0]); // one per address tried
  const { code, name, syscall } = (error ?? {}) as Record<string, unknown>;
  const word = [code, name].find((text): text is string => typeof text === 'string' && /^\w{1,64}$/.test(text));
  return { code: word ?? 'unknown error', syscall: typeof syscall === 'string' ? syscall : null };
}

function connectClassOf(fault: Fault | null): ErrorClass {
  if (fault === null || fault.code === 'ECONNRESET' || fault.code === 'ECONNABORTED') return 'connection_reset';
  if (fault.syscall === 'getaddrinfo' || fault.code === 'ENOTFOUND' || fault.code.startsWith('EAI_')) return 'dns';
  return fault.code.includes('TIMEDOUT') || fault.code.includes('TIMEOUT') ? 'connect_timeout' : 'connect_refused';
}

const isHttpFault = (code: string) => code.startsWith('HPE_');
