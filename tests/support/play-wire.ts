import type { RawConnection } from './raw-server.ts';
import type { StreamCase, WireStep } from './stream-corpus.ts';

export interface PlayOptions {
  /** Positions in all that is written, each below 1 (a part of the whole), at which a write ends and the next begins. */
  readonly cuts: readonly number[];
  /** Resolves once the other side has read what was written; a reset before would take it away again. */
  readonly read: () => Promise<void>;
}

/** Plays a case's wire on a connection that has sent its request. */
export async function playWire(streamCase: StreamCase, connection: RawConnection, options: PlayOptions): Promise<void> {
  const { wire } = streamCase;
  const slow = wire.findIndex((step) => typeof step === 'object' && 'body' in step && (step.repeat || step.everyMs));
  const atOnce = slow < 0 ? wire : wire.slice(0, slow);
  await writeCut(connection, Buffer.concat(atOnce.map((step) => bytesOf(streamCase, step))), options.cuts);
  if (slow >= 0) await writeSlowly(connection, streamCase, wire[slow] as BodyStep);
  if (wire.includes('fin')) connection.finish();
  if (wire.includes('reset')) {
    await options.read();
    connection.reset();
  }
}

type BodyStep = Extract<WireStep, { readonly body: string }>;

async function writeCut(connection: RawConnection, bytes: Uint8Array, cuts: readonly number[]): Promise<void> {
  const positions = cuts.map((part) => Math.floor(part * bytes.length)).sort((a, b) => a - b);
  for (const [i, to] of [...positions, bytes.length].entries()) {
    await connection.write(bytes.subarray(positions[i - 1] ?? 0, to));
  }
}

/** Until the other side leaves, or the body is over. */
async function writeSlowly(connection: RawConnection, streamCase: StreamCase, step: BodyStep): Promise<void> {
  let isOpen = true;
  void connection.closed.then(() => {
    isOpen = false;
  });
  const bytes = bytesOf(streamCase, step);
  const write = (piece: Uint8Array) => Promise.all([connection.write(piece), Bun.sleep(step.everyMs ?? 0)]);
  while (isOpen && step.repeat) await write(bytes);
  for (let at = 0; isOpen && !step.repeat && at < bytes.length; at++) await write(bytes.subarray(at, at + 1));
}

function bytesOf({ status, headers, body }: StreamCase, step: WireStep): Uint8Array {
  if (typeof step === 'string') return new Uint8Array();
  if ('text' in step) return Buffer.from(step.text, 'latin1');
  if ('head' in step) {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    const head = [`HTTP/1.1 ${status} Whatever`, ...lines, ...(step.head === '' ? [] : [step.head])].join('\r\n');
    return Buffer.from(`${head}\r\n\r\n`, 'latin1');
  }
  if (step.body === 'raw' || body.length === 0) return body;
  return Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n')]);
}
