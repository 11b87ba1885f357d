import { describe, expect, test } from 'bun:test';
import { holdsFragment } from '../support/canary.ts';
import { ADMIN_TOKEN, openWeb } from './rig.ts';

const INCIDENT = '/api/v1/admin/incidents/0123456789abcdef0123456789abcdef';
const PROBES = '/api/v1/admin/probes';

describe('administration', () => {
  test('an incident is acknowledged with a reason, which is public, and it is taken back', async () => {
    const web = openWeb();
    await web.json('/api/v1/now'); // kept from now on, until the remark

    const done = await web.administer('POST', `${INCIDENT}/acknowledge`, { reason: ' We wrote to them. ' });
    expect(done.status).toBe(200);
    const acknowledged = { at: '2026-08-01T12:00:00.000Z', reason: 'We wrote to them.' };
    expect(await done.json()).toMatchObject({ acknowledged, silenced: null });
    expect((await web.json('/api/v1/now')).incidents[0]).toMatchObject({ acknowledged });

    await web.administer('DELETE', `${INCIDENT}/acknowledge`);
    expect((await web.json('/api/v1/now')).incidents[0]).toMatchObject({ acknowledged: null });
  });

  test('nothing in a reason hides or reorders text, wherever it is shown', async () => {
    const web = openWeb();

    await web.administer('POST', `${INCIDENT}/acknowledge`, { reason: 'ours\u202e \u0000\ud800' });

    expect(web.incidents.list[0]!.acknowledged!.reason).toBe('ours\\u202e \\x00\\ud800');
  });

  test('an incident is silenced, and speaks again', async () => {
    const web = openWeb();

    const silenced = await web.administer('POST', `${INCIDENT}/silence`, { reason: 'known' });
    expect(await silenced.json()).toMatchObject({ silenced: { reason: 'known' } });
    expect(web.incidents.list[0]!.silenced).toEqual({ atMs: Date.parse('2026-08-01T12:00:00Z'), reason: 'known' });

    await web.administer('DELETE', `${INCIDENT}/silence`);
    expect(web.incidents.list[0]!.silenced).toBeNull();
  });

  test('a target is asked at once; one that is not live is not known', async () => {
    const web = openWeb();

    expect((await web.administer('POST', PROBES, { model: 'acme/Thinker-7B', provider: 'swiftcloud' })).status).toBe(
      202,
    );
    expect((await web.administer('POST', PROBES, { model: 'acme/Thinker-7B', provider: 'nobody' })).status).toBe(404);
    expect(web.probed).toEqual(['acme/Thinker-7B at swiftcloud', 'acme/Thinker-7B at nobody']);
  });

  test.each([
    ['no token', null],
    ['another token', 'adm_another-token-of-the-same-sort'],
    ['a part of it', ADMIN_TOKEN.slice(0, -1)],
    ['more than it', `${ADMIN_TOKEN}x`],
  ])('%s: nothing is done', async (_, token) => {
    const web = openWeb();

    const response = await web.administer('POST', PROBES, { model: 'acme/x', provider: 'swiftcloud' }, token);

    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="administration"']);
    expect(web.probed).toEqual([]);
  });

  test('the token counts only in its header', async () => {
    const web = openWeb();
    const elsewhere = [
      web.ask(`${PROBES}?token=${ADMIN_TOKEN}`, { method: 'POST', body: '{}' }),
      web.ask(PROBES, { method: 'POST', headers: { cookie: `token=${ADMIN_TOKEN}` } }),
      web.ask(PROBES, { method: 'POST', headers: { authorization: `Basic ${btoa(`admin:${ADMIN_TOKEN}`)}` } }),
      web.ask(PROBES, { method: 'POST', headers: { authorization: ADMIN_TOKEN } }),
    ];

    expect((await Promise.all(elsewhere)).map(({ status }) => status)).toEqual([401, 401, 401, 401]);
  });

  test.each([null, '', '   '])('without a token set (%p) nobody administers, whatever is shown', async (adminToken) => {
    const web = openWeb({ parts: { adminToken } });

    for (const shown of [ADMIN_TOKEN, '', ' ', 'null']) {
      const response = await web.administer('POST', PROBES, { model: 'acme/x', provider: 'swiftcloud' }, shown);
      expect([401, 404]).toContain(response.status);
    }
    expect(web.probed).toEqual([]);
  });

  test('what is wrong with a body is said', async () => {
    const web = openWeb({
      limits: { reading: { burst: 9, perSecond: 1 }, administration: { burst: 9, perSecond: 1 } },
    });
    const problemOf = async (body: string) => {
      const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
      const response = await web.ask(`${INCIDENT}/silence`, { method: 'POST', headers, body });
      return [response.status, ((await response.json()) as { detail: string }).detail];
    };

    expect(await problemOf('{')).toEqual([400, 'the body must be JSON']);
    expect(await problemOf('{}')).toEqual([400, 'reason is required: why, in at most 500 characters']);
    expect(await problemOf('{"reason":" "}')).toEqual([400, 'reason must say why']);
    expect(await problemOf(`{"reason":"${'x'.repeat(501)}"}`)).toEqual([
      400,
      'reason must have at most 500 characters',
    ]);
    expect(await problemOf(`{"reason":"${'x'.repeat(5000)}"}`)).toEqual([413, 'a body may have 4096 bytes']);
  });

  test('an incident that is not there is not known', async () => {
    const response = await openWeb().administer('POST', '/api/v1/admin/incidents/none/silence', { reason: 'x' });

    expect(response.status).toBe(404);
  });

  test('whoever tries tokens has ten tries, then one in ten seconds; readers do not wait for them', async () => {
    const web = openWeb();
    const attempt = async () => (await web.administer('POST', PROBES, {}, 'a guess')).status;

    for (let i = 0; i < 10; i++) expect(await attempt()).toBe(401);
    expect(await attempt()).toBe(429);
    expect((await web.ask('/api/v1/now')).status).toBe(200);
    await web.clock.advance(10_000);
    expect(await attempt()).toBe(401);
    expect(await attempt()).toBe(429);
  });

  test('no log line has the token; each says what was done', async () => {
    const web = openWeb();
    await web.administer('POST', `${INCIDENT}/silence`, { reason: ADMIN_TOKEN });
    await web.administer('POST', PROBES, {}, `${ADMIN_TOKEN}x`);

    expect(web.log.lines.map(({ message }) => message)).toEqual([
      'incident: silence',
      'somebody without the right token tried to administer',
    ]);
    expect(holdsFragment(JSON.stringify(web.log.lines), ADMIN_TOKEN)).toBe(false);
    expect(web.incidents.list[0]!.silenced!.reason).toBe('[MASKED]');
  });
});
