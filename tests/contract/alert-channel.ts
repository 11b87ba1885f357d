import { describe, expect, test } from 'bun:test';
import type { Receipt } from '../../src/alert/call.ts';
import type { Channel } from '../../src/alert/channels.ts';
import type { Message } from '../../src/alert/message.ts';
import { aNotice, anAlarm } from '../support/alarms.ts';
import { HOSTILE_TEXTS } from '../support/hostile-texts.ts';
import { type RawConnection, startRawServer } from '../support/raw-server.ts';

/** Where an answer comes. */
const PATIENCE_MS = 60_000;
/** Where none comes, or not all of it: it is waited for. */
const SHORT_MS = 300;
const NEVER = new AbortController().signal;

export interface ChannelUnderTest {
  /** @param origin of the double; `secrets` stand in the URL and in headers */
  open(origin: string, timeoutMs: number): Channel;
  readonly secrets: readonly string[];
  /** What a person reads, of a body that was sent. */
  textOf(body: unknown): string;
  /** Of the body that was sent; null: none. */
  readonly mostCharacters: number | null;
  /** The header that is the same each time the same notice is sent; null: this channel knows none. */
  readonly idempotencyHeader: string | null;
}

const answer = (head: string, body = '', headers = '') =>
  `HTTP/1.1 ${head}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n${headers}\r\n${body}`;
const TAKEN = answer('200 OK', 'ok');

export function describeAlertChannel(name: string, channel: ChannelUnderTest): void {
  /** What comes of sending to somebody who acts like this, and what they were sent. */
  async function sendTo(
    act: (connection: RawConnection) => unknown,
    message: Message = aNotice(),
    patienceMs = PATIENCE_MS,
  ): Promise<{ readonly receipt: Receipt; readonly received: readonly string[] }> {
    await using server = await startRawServer(async (connection) => {
      await connection.request();
      await act(connection);
    });
    const receipt = await channel.open(server.origin, patienceMs).send(message, NEVER);
    return { receipt, received: server.connections.map(({ received }) => received) };
  }
  const answering = (bytes: string, patienceMs = PATIENCE_MS) =>
    sendTo((connection) => connection.write(bytes), aNotice(), patienceMs);

  function expectNoSecret(text: string): void {
    for (const secret of channel.secrets) expect(text).not.toContain(secret);
  }

  describe(`${name} as a channel of alerts`, () => {
    test('posts JSON over one connection, and what is answered with 2xx is taken', async () => {
      const { receipt, received } = await answering(TAKEN);

      expect(receipt).toEqual({ ok: true, status: 200 });
      expect(received).toHaveLength(1);
      expect(received[0]).toMatch(/^POST \/\S* HTTP\/1\.1\r\n/);
      expect(channel.textOf(bodyOf(received[0]!))).toContain('groq');
    });

    test('what is answered with 204 and nothing is taken', async () => {
      const { receipt } = await answering('HTTP/1.1 204 No Content\r\n\r\n');
      expect(receipt).toEqual({ ok: true, status: 204 });
    });

    test('a failure is a value with the status, and with what is said of it, but no secret of ours', async () => {
      for (const status of [500, 400, 403]) {
        const { receipt } = await answering(answer(`${status} No`, `no \u001b[2J ${channel.secrets.join(' ')}`));

        expect(receipt).toMatchObject({ ok: false, status, retryAfterMs: null });
        const { message } = receipt as Extract<Receipt, { ok: false }>;
        expect(message).toStartWith(`HTTP ${status}: no \\x1b[2J`);
        expectNoSecret(message);
      }
    });

    test('429 with Retry-After is a failure that says how long to wait', async () => {
      const { receipt } = await answering(answer('429 Slow down', '', 'retry-after: 17\r\n'));
      expect(receipt).toMatchObject({ ok: false, status: 429, retryAfterMs: 17_000 });
    });

    test('no answer within the time is a failure', async () => {
      const { receipt } = await sendTo(() => {}, aNotice(), SHORT_MS);
      expect(receipt).toEqual({
        ...{ ok: false, status: null, retryAfterMs: null },
        message: `no answer within ${SHORT_MS} ms`,
      });
    });

    test('an answer that begins and never ends: its status counts', async () => {
      const never = 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf';
      expect((await answering(never, SHORT_MS)).receipt).toEqual({ ok: true, status: 200 });
      const failing = await answering(never.replace('200 OK', '503 Busy'), SHORT_MS);
      expect(failing.receipt).toMatchObject({ ok: false, status: 503 });
    });

    test('a connection that is closed without a word, or reset, is a failure', async () => {
      for (const end of ['finish', 'reset'] as const) {
        const { receipt } = await sendTo((connection) => connection[end]());
        expect(receipt).toMatchObject({ ok: false, status: null, retryAfterMs: null });
        const { message } = receipt as Extract<Receipt, { ok: false }>;
        expect(message).toStartWith('network error ');
        expectNoSecret(message);
      }
    });

    test('nobody there is a failure, whose words hold no secret', async () => {
      let origin: string;
      {
        await using server = await startRawServer(() => {});
        ({ origin } = server);
      }
      const receipt = await channel.open(origin, PATIENCE_MS).send(aNotice(), NEVER);
      expect(receipt).toMatchObject({ ok: false, status: null });
      expectNoSecret(JSON.stringify(receipt));
    });

    test('an answer that comes twice counts once, and disturbs no later message', async () => {
      let connections = 0;
      await using server = await startRawServer(async (connection) => {
        await connection.request();
        connections++;
        await connection.write(connections === 1 ? TAKEN + answer('500 Twice', 'no') : TAKEN);
      });
      const opened = channel.open(server.origin, PATIENCE_MS);
      expect(await opened.send(aNotice(), NEVER)).toEqual({ ok: true, status: 200 });
      expect(await opened.send(aNotice(), NEVER)).toEqual({ ok: true, status: 200 });
      expect(connections).toBe(2);
    });

    test('an answer in pieces is taken', async () => {
      const { receipt } = await sendTo(async (connection) => {
        for (const piece of ['HTTP/1.1 2', '00 OK\r\ncontent-le', 'ngth: 2\r\n', '\r\nok'])
          await connection.write(piece);
      });
      expect(receipt).toEqual({ ok: true, status: 200 });
    });

    test('a redirect is refused: nobody else is sent the message or a secret', async () => {
      await using elsewhere = await startRawServer((connection) => connection.write(TAKEN));
      const location = `location: ${elsewhere.origin}/there\r\n`;
      for (const status of [302, 307, 308]) {
        const { receipt } = await answering(answer(`${status} Go`, '', location));
        expect(receipt).toMatchObject({ ok: false, status, message: `HTTP ${status}: redirect refused` });
      }
      expect(elsewhere.connections).toHaveLength(0);
    });

    test('an answer without end is not read to its end', async () => {
      const { receipt } = await sendTo(async (connection) => {
        await connection.write('HTTP/1.1 500 No\r\ntransfer-encoding: chunked\r\n\r\n');
        await connection.flood(`1000\r\n${'x'.repeat(0x1000)}\r\n`);
      });
      expect(receipt).toMatchObject({ ok: false, status: 500 });
      expect((receipt as Extract<Receipt, { ok: false }>).message.length).toBeLessThan(200);
    });

    test('rejects once it is aborted, and with nothing but the reason', async () => {
      const stop = new AbortController();
      await using server = await startRawServer(async (connection) => {
        await connection.request();
        stop.abort('SIGTERM');
      });
      const sent = channel.open(server.origin, 60_000).send(aNotice(), stop.signal);
      expect(await sent.catch((reason) => reason)).toBe('SIGTERM');
    });

    test('the same notice sent again bears the same key, where the channel knows one', async () => {
      const [first, again] = [await answering(TAKEN), await answering(TAKEN)].map(({ received }) =>
        channel.idempotencyHeader === null ? null : headerOf(received[0]!, channel.idempotencyHeader),
      );
      expect(first).toBe(again!);
      expect(first).toBe(channel.idempotencyHeader === null ? null : aNotice().noticeId);
    });

    test('hostile texts neither break the message nor grow it beyond what the channel takes', async () => {
      const alarms = HOSTILE_TEXTS.map((text, i) => anAlarm({ key: `${i}`, title: text, text }));
      const { receipt, received } = await sendTo((connection) => connection.write(TAKEN), aNotice({ alarms }));

      expect(receipt.ok).toBe(true);
      const text = channel.textOf(bodyOf(received[0]!));
      expect(text.isWellFormed()).toBe(true);
      if (channel.mostCharacters !== null) expect(text.length).toBeLessThanOrEqual(channel.mostCharacters);
    });
  });
}

/** The JSON body of a request as the raw server has it. */
export function bodyOf(received: string): unknown {
  return JSON.parse(Buffer.from(received.slice(received.indexOf('\r\n\r\n') + 4), 'latin1').toString());
}

function headerOf(received: string, name: string): string | null {
  return new RegExp(`^${name}: (.*)\r$`, 'im').exec(received)?.[1] ?? null;
}
