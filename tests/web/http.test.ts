import { describe, expect, test } from 'bun:test';
import { aModelVerdict } from '../support/verdict-builders.ts';
import { openWeb } from './rig.ts';

const NOW_PATH = '/api/v1/now';

describe('what is kept', () => {
  test('an answer that did not change is not sent again', async () => {
    const web = openWeb();
    const etag = (await web.ask(NOW_PATH)).headers.get('etag')!;

    const again = await web.ask(NOW_PATH, { headers: { 'if-none-match': `"other", ${etag}` } });

    expect(again.status).toBe(304);
    expect(again.headers.get('etag')).toBe(etag);
    expect(await again.text()).toBe('');
  });

  test('an answer is made once for all who ask, until something new is known', async () => {
    const web = openWeb();
    for (let i = 0; i < 3; i++) await web.ask(NOW_PATH);
    const before = (await web.ask(NOW_PATH)).headers.get('etag')!;
    expect(web.knowledge.asked).toEqual(['board']);

    web.knowledge.learn([aModelVerdict({ modelId: 'acme/Mini' })]);
    const after = await web.ask(NOW_PATH, { headers: { 'if-none-match': before } });

    expect(after.status).toBe(200);
    expect(web.knowledge.asked).toEqual(['board', 'board']);
  });

  test('an answer made while something new became known is not kept', async () => {
    const web = openWeb();
    const history = web.knowledge.history.bind(web.knowledge);
    web.knowledge.history = async (...question) => {
      const points = await history(...question);
      web.knowledge.learn();
      return points;
    };
    const path = '/api/v1/history?model=acme/Thinker-7B&provider=cobalt';

    await web.ask(path);
    await web.ask(path);

    expect(web.knowledge.asked).toHaveLength(2);
  });

  test('what is of this moment is kept by nobody', async () => {
    const response = await openWeb().ask('/readyz');

    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('etag')).toBeNull();
  });

  test('a long answer is compressed for those who can read it so', async () => {
    const web = openWeb();
    const plain = await web.ask('/api/v1/models/acme/Thinker-7B');
    const zipped = await web.ask('/api/v1/models/acme/Thinker-7B', { headers: { 'accept-encoding': 'br, gzip' } });
    const refused = await web.ask('/api/v1/models/acme/Thinker-7B', { headers: { 'accept-encoding': 'gzip;q=0' } });

    expect(zipped.headers.get('content-encoding')).toBe('gzip');
    expect(zipped.headers.get('vary')).toBe('Accept-Encoding');
    expect(new TextDecoder().decode(Bun.gunzipSync(await zipped.arrayBuffer()))).toBe(await plain.text());
    expect(refused.headers.get('content-encoding')).toBeNull();
  });
});

describe('methods', () => {
  test('a HEAD has the headers of a GET and no body', async () => {
    const web = openWeb();
    const get = await web.ask(NOW_PATH);
    const head = await web.ask(NOW_PATH, { method: 'HEAD' });

    expect(head.status).toBe(200);
    expect(head.headers.get('etag')).toBe(get.headers.get('etag'));
    expect(await head.text()).toBe('');
  });

  test('pages of other sites may read', async () => {
    const web = openWeb();
    const preflight = await web.ask(NOW_PATH, { method: 'OPTIONS', headers: { origin: 'https://elsewhere.example' } });

    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-methods')).toBe('GET, HEAD');
    expect((await web.ask(NOW_PATH)).headers.get('access-control-allow-origin')).toBe('*');
    expect((await web.ask(NOW_PATH)).headers.get('access-control-allow-credentials')).toBeNull();
  });

  test('pages of other sites may not administer', async () => {
    const web = openWeb();
    const path = '/api/v1/admin/probes';
    const preflight = await web.ask(path, { method: 'OPTIONS' });
    const refused = await web.ask(path, { method: 'POST' });

    expect(preflight.headers.get('allow')).toBe('POST, OPTIONS');
    expect(
      [...preflight.headers.keys(), ...refused.headers.keys()].filter((name) => name.startsWith('access-control')),
    ).toEqual([]);
  });

  test('nobody writes where one reads', async () => {
    const response = await openWeb().ask(NOW_PATH, { method: 'POST', body: '{}' });

    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, HEAD, OPTIONS');
  });

  test('what is not there is said in JSON', async () => {
    const response = await openWeb().ask('/api/v2/now');

    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toEqual({
      type: 'about:blank',
      title: 'Not Found',
      status: 404,
      detail: 'there is no such page',
    });
  });
});

describe('limits', () => {
  const limits = { reading: { burst: 3, perSecond: 0.5 }, administration: { burst: 1, perSecond: 0.01 } };
  const times = async (n: number, ask: () => Promise<Response>) => {
    const statuses: number[] = [];
    for (let i = 0; i < n; i++) statuses.push((await ask()).status);
    return statuses;
  };

  test('a client that asks too often waits, and is told how long', async () => {
    const web = openWeb({ limits });

    expect(await times(3, () => web.ask(NOW_PATH))).toEqual([200, 200, 200]);
    const refused = await web.ask(NOW_PATH);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '2']);
    await web.clock.advance(2000);
    expect(await times(2, () => web.ask(NOW_PATH))).toEqual([200, 429]);
  });

  test('another client does not wait for it; one IPv6 network is one client', async () => {
    const web = openWeb({ limits });
    await times(4, () => web.ask(NOW_PATH, {}, '2001:db8:1:2::1'));

    expect(await times(1, () => web.ask(NOW_PATH, {}, '2001:db8:1:2:ffff::9'))).toEqual([429]);
    expect(await times(1, () => web.ask(NOW_PATH, {}, '2001:db8:1:3::1'))).toEqual([200]);
    expect(await times(1, () => web.ask(NOW_PATH, {}, '::ffff:192.0.2.8'))).toEqual([200]);
  });

  test('what a header says of the client counts for nothing', async () => {
    const web = openWeb({ limits });
    let i = 0;

    const statuses = await times(4, () => web.ask(NOW_PATH, { headers: { 'x-forwarded-for': `203.0.113.${i++}` } }));

    expect(statuses).toEqual([200, 200, 200, 429]);
  });

  test('others behind the same address do not make us look dead', async () => {
    const web = openWeb({ limits });
    await times(5, () => web.ask(NOW_PATH));

    expect(await times(2, () => web.ask('/healthz'))).toEqual([200, 200]);
    expect(await times(1, () => web.ask('/readyz'))).toEqual([200]);
  });

  test('no more than ten thousand clients are remembered, those who asked last', async () => {
    const web = openWeb({ limits });
    await times(4, () => web.ask(NOW_PATH, {}, '198.51.100.1'));
    for (let i = 0; i < 10_000; i++) web.ask('/incidents.atom?x=1', {}, `10.0.${i >> 8}.${i & 255}`);

    expect(await times(1, () => web.ask(NOW_PATH, {}, '198.51.100.1'))).toEqual([200]);
  });

  test('an address without end is refused', async () => {
    expect((await openWeb().ask(`/api/v1/targets?model=${'a'.repeat(3000)}`)).status).toBe(414);
  });
});

test('no answer can be framed, sniffed or made to run anything', async () => {
  const web = openWeb();
  for (const path of [NOW_PATH, '/badge/acme/Thinker-7B/swiftcloud.svg', '/api/nowhere']) {
    const { headers } = await web.ask(path);

    expect(headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-frame-options')).toBe('DENY');
  }
});
