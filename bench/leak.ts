import { readFileSync } from 'node:fs';
import { sleep } from '../src/lib/sleep.ts';
import type { Bench } from './bench.ts';
import { openInstrument } from './clients/instrument.ts';
import { openDescriptors, watchRss } from './memory.ts';
import { chatPath } from './truth/script.ts';
import { startTruth } from './truth/start.ts';

const STREAMS = 64;
const SCRIPT = { chunks: 6, lastsMs: 40 };
/** Between the first and the last chunk. */
const ABORT_AFTER_MS = 20;
const LONGEST_MS = 15 * 60_000;

export const leak: Bench = {
  about: `attempts through the tracker’s transport, ${STREAMS} at once, every third aborted in the middle of its reply`,
  goals: { 'memory slope': { atMost: [0] }, 'descriptors left': { atMost: 0 } },
  async run({ quick, progress }) {
    const wanted = quick ? 5000 : 100_000;
    await using truth = await startTruth();
    const ca = readFileSync(new URL('../tests/fixtures/tls/ca.pem', import.meta.url), 'utf8');
    await using client = openInstrument({ ca });
    const path = chatPath(SCRIPT);
    await client.ask(truth.plain, path); // the Worker is up
    progress('starting'); // opens standard error
    const descriptorsBefore = openDescriptors();

    const began = performance.now();
    let started = 0;
    let done = 0;
    let aborted = 0;
    const rss = watchRss(() => done);
    const isOver = () => started >= wanted || performance.now() - began > LONGEST_MS;
    const stream = async () => {
      while (!isOver()) {
        if (started++ % 3 !== 0) await client.ask(truth.plain, path);
        else if (await abortedMidway(client.ask.bind(null, truth.plain, path))) aborted++;
        if (++done % 1000 === 0) progress(`${done} of ${wanted} attempts`);
      }
    };
    await Promise.all(Array.from({ length: STREAMS }, stream));
    rss.stop();
    await sleep(500); // the last sockets close
    const descriptorsAfter = openDescriptors();

    const { perX, errorPerX } = rss.slopePerThousand(done / 10);
    return [
      { name: 'attempts', unit: 'all / aborted', ours: [done, aborted] },
      {
        name: 'memory slope',
        unit: 'MB per 1,000 attempts, least / likely / most (95 %)',
        ours: [perX - errorPerX, perX, perX + errorPerX],
      },
      { name: 'highest memory', unit: 'MB resident', ours: rss.peakMb() },
      {
        name: 'descriptors left',
        unit: 'more than before',
        ours: descriptorsBefore === null || descriptorsAfter === null ? null : descriptorsAfter - descriptorsBefore,
      },
    ];
  },
};

/** @returns whether the abort came before the end */
async function abortedMidway(ask: (signal: AbortSignal) => Promise<unknown>): Promise<boolean> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), ABORT_AFTER_MS);
  try {
    await ask(stop.signal);
    return false;
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    return true;
  } finally {
    clearTimeout(timer);
  }
}
