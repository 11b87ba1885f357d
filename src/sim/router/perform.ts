import { sleep } from '../../lib/sleep.ts';
import type { Ending, Exchange } from '../http/server.ts';
import type { Performance } from './wire.ts';

/** Real time that the other side gets to read what was sent before a reset throws it away. */
const READ_GRACE_MS = 25;
/** A flood writes this often between two turns of the event loop. */
const FLOOD_BURST = 64;

/** Plays a reply over the connection, every moment times `pace`; stops when the other side leaves. */
export async function perform(exchange: Exchange, { steps, ending }: Performance, pace: number): Promise<Ending> {
  const { gone, send } = exchange;
  const beganAtMs = performance.now();
  for (const step of steps) {
    if (gone.aborted) return 'fin';
    switch (step.kind) {
      case 'send':
        await pause(beganAtMs + step.atMs * pace - performance.now(), gone);
        await send(step.bytes);
        break;
      case 'repeat':
        for (let count = 1; !gone.aborted; count++) {
          await send(step.bytes);
          if (step.everyMs > 0) await pause(step.everyMs * pace, gone);
          else if (count % FLOOD_BURST === 0) await new Promise(setImmediate);
        }
        break;
      case 'hold':
        await pause(step.forMs * pace, gone);
        break;
      default:
        step satisfies never;
    }
  }
  if (ending === 'reset') await pause(READ_GRACE_MS, gone);
  return ending;
}

async function pause(ms: number, gone: AbortSignal): Promise<void> {
  if (ms <= 0 || gone.aborted) return;
  if (ms === Number.POSITIVE_INFINITY) {
    await new Promise((resolve) => gone.addEventListener('abort', resolve, { once: true }));
    return;
  }
  await sleep(ms, gone).catch(() => {}); // gone: the loop above sees it
}
