import type { Ending, Exchange } from './types.ts';

/** What is known of an exchange that nobody watched to its end: when it began and how long it took. */
export function unseenExchange(requestStartAtMs: number, closedMs: number, ending: Ending): Exchange {
  return {
    requestStartAtMs,
    requestStartMonotonicMs: null,
    dnsMs: null,
    tcpMs: null,
    tlsMs: null,
    sentMs: null,
    headersMs: null,
    closedMs,
    status: null,
    headers: {},
    remoteIp: null,
    ending,
    reply: null,
    loopLagMs: null,
    deadlineLagMs: null,
  };
}
