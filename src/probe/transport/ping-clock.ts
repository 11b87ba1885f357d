import { connect } from 'node:net';
import type { ClockPing } from '../types.ts';

const PINGS = 40;
/** Of all of them together; on one machine they take some 10 ms. */
export const PINGS_LIMIT_MS = 2000;

/**
 * Asks a port of this machine for its clock, again and again over one connection, on the bare socket: nothing of ours stands between.
 *
 * @returns none where it did not answer every time
 */
export function pingClock(port: number): Promise<readonly ClockPing[]> {
  const { promise, resolve } = Promise.withResolvers<readonly ClockPing[]>();
  const pings: ClockPing[] = [];
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  const timer = setTimeout(() => socket.destroy(), PINGS_LIMIT_MS);
  let askedAtMs = 0;
  const ask = () => {
    askedAtMs = performance.now();
    socket.write('?');
  };
  socket.once('connect', ask);
  socket.on('data', (line) => {
    const answeredAtMs = performance.now();
    const theirsMs = Number(line);
    if (!/^[\d.]+\n$/.test(line.toString('latin1')) || Number.isNaN(theirsMs)) return void socket.destroy();
    pings.push({ askedAtMs, theirsMs, answeredAtMs });
    if (pings.length < PINGS) ask();
    else socket.destroy();
  });
  socket.on('error', () => {}); // `close` follows
  socket.once('close', () => {
    clearTimeout(timer);
    resolve(pings.length === PINGS ? pings : []);
  });
  return promise;
}
