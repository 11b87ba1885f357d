import { describe, expect, test } from 'bun:test';
import { createConnection } from 'node:net';
import { createNews, type News } from '../../src/web/news.ts';
import { startWeb } from '../../src/web/server.ts';
import { SetClock } from '../support/set-clock.ts';
import { NOW, openWeb } from './rig.ts';

const HERE = '192.0.2.1';
const redact = (text: string) => text;
const open = (caps?: { clients: number; perAddress: number }) => {
  const clock = new SetClock(NOW);
  return { clock, news: createNews({ clock, redact, ...(caps && { caps }) }) };
};

interface Told {
  readonly id: string;
  readonly data: {
    readonly kind: string;
    readonly at: string;
    readonly last_at: string | null;
    records: number;
    is_judged: boolean;
  };
}

/** One who listens, and what reached it. */
function listen(news: News, lastId: string | null = null, address = HERE) {
  const gone = new AbortController();
  return { ...hearing(news.follow(address, lastId, gone.signal)), leave: () => gone.abort() };
}

function hearing(stream: ReadableStream<Uint8Array>) {
  const reader = stream.getReader();
  const utf8 = new TextDecoder();
  /** Of what has come since the last time, the text. */
  const text = async () => utf8.decode((await reader.read()).value);
  const next = async () => eventsOf(await text());
  return { text, next, isOver: async () => (await reader.read()).done, hangUp: () => reader.cancel() };
}

const eventsOf = (text: string): readonly Told[] =>
  [...text.matchAll(/id: (\S+)\ndata: (.*)\n\n/g)].map(([, id, data]) => ({
    id: id!,
    data: JSON.parse(data!),
  }));

describe('the stream of events', () => {
  test('greets with an id to go on from, and with the moment here', async () => {
    const { news } = open();

    expect(await listen(news).next()).toMatchObject([
      { data: { kind: 'hello', at: NOW, last_at: null, records: 0, is_judged: false } },
    ]);
  });

  test('tells of all that came within a second at once', async () => {
    const { news, clock } = open();
    const one = listen(news);
    await one.next();

    for (let i = 0; i < 200; i++) news.stored();
    news.judged();
    await clock.advance(1000);
    news.stored();
    await clock.advance(1000);

    expect(await one.next()).toMatchObject([{ data: { kind: 'news', records: 200, is_judged: true } }]);
    expect(await one.next()).toMatchObject([
      { data: { kind: 'news', records: 1, is_judged: false, last_at: '2026-08-01T12:00:01.000Z' } },
    ]);
  });

  test('tells whoever was away what came meanwhile, once', async () => {
    const { news, clock } = open();
    const first = listen(news);
    const [{ id }] = (await first.next()) as [Told];
    first.leave();
    for (let i = 0; i < 3; i++) {
      news.stored();
      await clock.advance(1000);
    }

    const missed = await listen(news, id).next();

    expect(missed.map(({ data }) => data.kind)).toEqual(['news', 'news', 'news']);
    expect(await listen(news, missed[1]!.id).next()).toEqual([missed[2]!]);
    expect(await listen(news, missed[2]!.id).text()).toBe('retry: 3000\n:\n\n');
  });

  test('says to begin anew when it was too long, when we started anew, and to an id that is none', async () => {
    const { news, clock } = open();
    const [{ id }] = (await listen(news).next()) as [Told];
    const after = createNews({ clock: new SetClock('2026-08-01T13:00:00.000Z'), redact });
    for (let i = 0; i < 129; i++) {
      news.stored();
      await clock.advance(1000);
    }

    expect(await listen(news, id).next()).toMatchObject([{ data: { kind: 'reset' } }]);
    for (const wrong of [id, 'nonsense', `${id}9`, '', '-1', `${id.split('-')[0]}-999999999999999999999`])
      expect(await listen(after, wrong).next()).toMatchObject([{ data: { kind: 'reset' } }]);
  });

  test('whoever has missed as much as is remembered catches up', async () => {
    const { news, clock } = open();
    const [{ id }] = (await listen(news).next()) as [Told];
    for (let i = 0; i < 128; i++) {
      news.stored();
      await clock.advance(1000);
    }

    expect(await listen(news, id).next()).toHaveLength(128);
  });

  test('keeps what lies between alive', async () => {
    const { news, clock } = open();
    const one = listen(news);
    await one.next();

    await clock.advance(20_000);

    expect(await one.text()).toBe(':\n\n');
  });

  test('cuts whoever does not read, and goes on for the others', async () => {
    const { news, clock } = open({ clients: 2, perAddress: 2 });
    const slow = listen(news);
    const reads = listen(news);
    await reads.next();
    for (let i = 0; i < 400; i++) {
      news.stored();
      await clock.advance(1000);
      while (!(await reads.text()).includes('news'));
    }

    await expect(slow.text()).rejects.toBeUndefined();
    expect(() => listen(news)).not.toThrow(); // its place is free
  });

  test('takes only so many, of one address and of all', async () => {
    const { news } = open({ clients: 3, perAddress: 2 });
    const first = listen(news);
    listen(news);

    expect(() => listen(news)).toThrow('as many follow from this address as may');
    listen(news, null, '192.0.2.2');
    expect(() => listen(news, null, '192.0.2.3')).toThrow('as many follow as may');

    first.leave();
    expect(() => listen(news, null, '192.0.2.3')).not.toThrow();
  });

  test('has room again for whoever hung up', async () => {
    const { news } = open({ clients: 1, perAddress: 1 });
    const first = listen(news);
    await first.hangUp();

    expect(() => listen(news)).not.toThrow();
  });

  test('one network of IPv6 is one client', () => {
    const { news } = open({ clients: 9, perAddress: 1 });
    listen(news, null, '2001:db8::1');

    expect(() => listen(news, null, '2001:db8::2')).toThrow('from this address');
  });

  test('ends for all when the program does, and begins for nobody', async () => {
    const { news, clock } = open();
    const one = listen(news);
    await one.next();
    news.stored();

    news[Symbol.dispose]();
    await clock.advance(60_000);

    expect(await one.isOver()).toBe(true);
    expect(() => listen(news)).toThrow('this program is about to end');
  });
});

describe('the stream of events over a socket', () => {
  test('is an event stream that nobody keeps, compresses or holds back', async () => {
    await using served = serve();

    const response = await served.follow({ headers: { 'accept-encoding': 'gzip' } });

    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      'access-control-allow-origin': '*',
    });
    expect(response.headers.get('content-encoding')).toBeNull();
    expect(eventsOf(await hearing(response.body!).text())).toMatchObject([{ data: { kind: 'hello' } }]);
  });

  test('catches up by the header of browsers, and by the address', async () => {
    await using served = serve();
    const { news, clock } = served;
    const one = hearing((await served.follow()).body!);
    const [{ id }] = (await one.next()) as [Told];
    news.stored();
    await clock.advance(1000);
    const told = await one.next();

    const byHeader = await served.follow({ headers: { 'last-event-id': id } });
    const byAddress = await served.follow({}, `?last_event_id=${id}`);

    expect(await hearing(byHeader.body!).next()).toEqual(told);
    expect(await hearing(byAddress.body!).next()).toEqual(told);
  });

  test('says with a status and a time to wait that there are too many', async () => {
    await using served = serve({ clients: 2, perAddress: 1 });
    await served.follow();

    const refused = await served.follow();

    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '30']);
    expect(refused.headers.get('content-type')).toBe('application/problem+json');
  });

  test('has room again for whoever closed its socket', async () => {
    await using served = serve({ clients: 1, perAddress: 1 });
    const leaving = new AbortController();
    await hearing((await served.follow({ signal: leaving.signal })).body!).next();

    leaving.abort();

    let status = 429;
    for (let tries = 0; status !== 200 && tries < 1000; tries++) {
      const again = await served.follow();
      status = again.status;
      if (status !== 200) await again.body?.cancel();
    }
    expect(status).toBe(200);
  });

  test('cuts the socket that nobody reads: what waits for it stays small', async () => {
    await using served = serve();
    const { news, clock } = served;
    const socket = createConnection(Number(new URL(served.url).port), '127.0.0.1');
    const closed = new Promise<void>((resolve) => socket.on('error', () => {}).on('close', () => resolve()));
    socket.pause();
    socket.write('GET /api/v1/events HTTP/1.1\r\nHost: tracker\r\n\r\n');
    await clock.whenSleeping(); // its heartbeat

    let told = 0;
    let isCut = false;
    void closed.then(() => {
      isCut = true;
    });
    for (; !isCut && told < 200_000; told++) {
      news.stored();
      await clock.advance(1000);
      if (told === 100_000) socket.resume();
    }

    expect(isCut).toBe(true);
  });

  test('a server that ends does not wait for those who listen', async () => {
    const served = serve();
    const one = hearing((await served.follow()).body!);
    await one.next();

    await served[Symbol.asyncDispose]();

    expect(await one.isOver().catch(() => true)).toBe(true);
  });

  test('HEAD says what it would be, and follows nothing', async () => {
    await using served = serve({ clients: 1, perAddress: 1 });

    for (let i = 0; i < 3; i++) expect((await served.follow({ method: 'HEAD' })).status).toBe(200);
  });

  test('what an administrator says of an incident is news', async () => {
    const web = openWeb();
    const one = hearing((await web.ask('/api/v1/events')).body!);
    await one.next();
    const { incidentId } = web.incidents.list[0]!;

    await web.administer('POST', `/api/v1/admin/incidents/${incidentId}/acknowledge`, { reason: 'seen' });
    await web.clock.advance(1000);

    expect(await one.next()).toMatchObject([{ data: { records: 0, is_judged: true } }]);
  });
});

function serve(caps?: { clients: number; perAddress: number }) {
  const limits = { reading: { burst: 1e6, perSecond: 1e6 }, administration: { burst: 1, perSecond: 1 } };
  const { news, clock } = open(caps);
  const { parts } = openWeb({ parts: { clock, news } });
  const reserved = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } });
  const { port } = reserved;
  reserved.stop(true);
  const server = startWeb(parts, { port, host: '127.0.0.1' }, limits)!;
  return {
    news,
    clock,
    url: server.url,
    follow: (init: RequestInit = {}, query = '') => fetch(`${server.url}/api/v1/events${query}`, init),
    async [Symbol.asyncDispose]() {
      news[Symbol.dispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}
