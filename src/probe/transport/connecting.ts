import type { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import type { Exchange } from '../types.ts';

/** What a socket showed on its way up. Moments on the clock that was given; null did not happen. */
export interface Connecting {
  dnsAtMs: number | null;
  /** The last attempt to connect: the next address of a name is tried when one is slow. */
  attemptAtMs: number;
  tcpAtMs: number | null;
  tlsAtMs: number | null;
  remoteIp: string | null;
}

/**
 * Notes the moments of a request's new connection.
 *
 * @param ready called once the request can be written
 */
export function watchConnecting(
  request: ClientRequest,
  { secure, nowMs, ready }: { readonly secure: boolean; nowMs(): number; ready(): void },
): Connecting {
  // An address literal has no lookup, and its first attempt begins before the socket can be listened to: about now.
  const seen: Connecting = { dnsAtMs: null, attemptAtMs: nowMs(), tcpAtMs: null, tlsAtMs: null, remoteIp: null };
  request.once('socket', (socket: Socket) => {
    socket.on('lookup', (error: Error | null) => {
      if (error === null || error === undefined) seen.dnsAtMs ??= nowMs(); // once per address, all at the same moment
    });
    socket.on('connectionAttempt', () => {
      seen.attemptAtMs = nowMs();
    });
    socket.once('connect', () => {
      seen.tcpAtMs = nowMs();
      seen.remoteIp = socket.remoteAddress ?? null;
      if (!secure) ready();
    });
    socket.once('secureConnect', () => {
      seen.tlsAtMs = nowMs();
      ready();
    });
  });
  return seen;
}

/** @param seen null: nothing, as behind a proxy, whose connection it is */
export function lengthsOf(seen: Connecting | null): Pick<Exchange, 'dnsMs' | 'tcpMs' | 'tlsMs' | 'remoteIp'> {
  if (seen === null) return { dnsMs: null, tcpMs: null, tlsMs: null, remoteIp: null };
  const { dnsAtMs, attemptAtMs, tcpAtMs, tlsAtMs, remoteIp } = seen;
  return {
    dnsMs: dnsAtMs, // the lookup begins with the call
    tcpMs: tcpAtMs === null ? null : tcpAtMs - attemptAtMs,
    tlsMs: tcpAtMs === null || tlsAtMs === null ? null : tlsAtMs - tcpAtMs,
    remoteIp,
  };
}
