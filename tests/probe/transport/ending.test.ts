import { describe, expect, test } from 'bun:test';
import { endingOf, faultOf, type Stage } from '../../../src/probe/transport/ending.ts';

function classOf(stage: Stage, code: string | null, { syscall = null as string | null, complete = false } = {}) {
  const ending = endingOf({ stage, fault: code === null ? null : { code, syscall }, complete });
  return ending.kind === 'failed' ? [ending.errorClass, ending.errorPhase] : ending.kind;
}

describe('what ended it', () => {
  test('a name that is not found is dns', () => {
    expect(classOf('connect', 'ENOTFOUND')).toEqual(['dns', 'connect']);
    expect(classOf('connect', 'EAI_AGAIN')).toEqual(['dns', 'connect']);
    expect(classOf('connect', 'ETIMEOUT', { syscall: 'getaddrinfo' })).toEqual(['dns', 'connect']);
  });

  test('no way to the host is connect_refused, no answer from it connect_timeout', () => {
    expect(classOf('connect', 'ECONNREFUSED')).toEqual(['connect_refused', 'connect']);
    expect(classOf('connect', 'EHOSTUNREACH')).toEqual(['connect_refused', 'connect']);
    expect(classOf('connect', 'ETIMEDOUT')).toEqual(['connect_timeout', 'connect']);
  });

  test.each([
    'CERT_HAS_EXPIRED',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'ERR_SSL_WRONG_VERSION_NUMBER',
  ])('%s in the handshake is tls', (code) => expect(classOf('tls', code)).toEqual(['tls', 'connect']));

  test('a connection that goes away in the handshake is connection_reset', () => {
    expect(classOf('tls', 'ECONNRESET')).toEqual(['connection_reset', 'connect']);
    expect(classOf('tls', 'ERR_SOCKET_CLOSED')).toEqual(['connection_reset', 'connect']);
    expect(classOf('tls', null)).toEqual(['connection_reset', 'connect']);
  });

  test('before and after the request is written a connection that goes away differs in phase', () => {
    expect(classOf('send', 'EPIPE')).toEqual(['connection_reset', 'send']);
    expect(classOf('headers', 'ECONNRESET')).toEqual(['connection_reset', 'headers']);
    expect(classOf('headers', 'ERR_SSL_DECRYPTION_FAILED')).toEqual(['connection_reset', 'headers']);
  });

  test('what is no HTTP, or no response at all, is protocol_error', () => {
    expect(classOf('headers', 'HPE_INVALID_CONSTANT')).toEqual(['protocol_error', 'headers']);
    expect(classOf('headers', null)).toEqual(['protocol_error', 'headers']);
    expect(classOf('stream', 'HPE_INVALID_CHUNK_SIZE')).toEqual(['protocol_error', 'stream']);
  });

  test('a body that is cut is connection_reset by a reset and truncated_reply by a close', () => {
    expect(classOf('first_token', 'ECONNRESET')).toEqual(['connection_reset', 'first_token']);
    expect(classOf('stream', 'ECONNRESET', { complete: true })).toEqual(['connection_reset', 'stream']);
    expect(classOf('stream', null)).toEqual(['truncated_reply', 'stream']);
  });

  test('bytes after the end of the body are truncated_reply, in the closing phase', () => {
    expect(classOf('stream', 'HPE_INVALID_CONSTANT', { complete: true })).toEqual(['truncated_reply', 'close']);
  });

  test('a whole body without an error is complete', () => {
    expect(classOf('stream', null, { complete: true })).toBe('complete');
    expect(classOf('first_token', null, { complete: true })).toBe('complete');
  });

  test('whatever happens before the proxy lets us through is our connectivity', () => {
    expect(classOf('tunnel', 'ECONNREFUSED')).toEqual(['no_connectivity', 'connect']);
    expect(classOf('tunnel', null)).toEqual(['no_connectivity', 'connect']);
  });

  test.each(['EMFILE', 'ENFILE', 'ENOBUFS', 'EADDRNOTAVAIL', 'ERR_INVALID_CHAR', 'ERR_UNESCAPED_CHARACTERS'])(
    '%s is our own failure at any stage',
    (code) => {
      for (const stage of ['tunnel', 'connect', 'tls', 'send', 'headers', 'stream'] as const) {
        expect(classOf(stage, code, { syscall: 'getaddrinfo' })).toEqual(['internal', null]);
      }
    },
  );
});

describe('what is kept of an error', () => {
  test('is its code and system call, never its message', () => {
    const error = Object.assign(new Error('connect /home/me secret'), { code: 'ECONNREFUSED', syscall: 'connect' });
    expect(faultOf(error)).toEqual({ code: 'ECONNREFUSED', syscall: 'connect' });
  });

  test('is the code of the first address where several were tried', () => {
    const refused = Object.assign(new Error(), { code: 'ECONNREFUSED' });
    expect(faultOf(new AggregateError([refused]))).toEqual({ code: 'ECONNREFUSED', syscall: null });
  });

  test('is the name where there is no code, and never a sentence', () => {
    expect(faultOf(new TypeError('x'))).toEqual({ code: 'TypeError', syscall: null });
    expect(faultOf({ code: 'a sentence' })).toEqual({ code: 'unknown error', syscall: null });
    expect(faultOf(undefined)).toEqual({ code: 'unknown error', syscall: null });
    expect(faultOf(new AggregateError([]))).toEqual({ code: 'unknown error', syscall: null });
  });
});
