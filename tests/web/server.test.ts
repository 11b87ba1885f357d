import { describe, expect, test } from 'bun:test';
import { startWeb } from '../../src/web/server.ts';
import { siteOf } from '../../src/web/site.ts';
import { openWeb } from './rig.ts';

/** A port that is free now. */
function freePort(): number {
  const server = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } });
  const { port } = server;
  server.stop(true);
  return port;
}

describe('the server', () => {
  test('answers on its port, and says where', async () => {
    const { parts, log } = openWeb();
    await using web = startWeb(parts, { port: freePort(), host: '127.0.0.1' });

    const response = await fetch(`${web!.url}/api/v1/now`);

    expect(response.status).toBe(200);
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(log.of('serving pages and API to this machine')).toMatchObject([
      { level: 'info', fields: { url: web!.url } },
    ]);
    expect(log.lines).toHaveLength(1);
  });

  test('counts clients by the address of their socket', async () => {
    const limits = { reading: { burst: 1, perSecond: 0.001 }, administration: { burst: 1, perSecond: 1 } };
    await using web = startWeb(openWeb().parts, { port: freePort(), host: '127.0.0.1' }, limits);
    const ask = (client: string) => fetch(`${web!.url}/api/v1/now`, { headers: { 'x-forwarded-for': client } });

    expect([(await ask('203.0.113.1')).status, (await ask('203.0.113.2')).status]).toEqual([200, 429]);
  });

  test('behind a proxy that is trusted, counts clients by what the proxy says', async () => {
    const limits = { reading: { burst: 1, perSecond: 0.001 }, administration: { burst: 1, perSecond: 1 } };
    const settings = { port: freePort(), host: '127.0.0.1', trustedProxies: ['loopback'] };
    await using web = startWeb(openWeb().parts, settings, limits);
    const ask = async (client: string) =>
      (await fetch(`${web!.url}/api/v1/now`, { headers: { 'x-forwarded-for': client } })).status;

    expect(await ask('203.0.113.1')).toBe(200);
    expect(await ask('203.0.113.2')).toBe(200);
    expect(await ask('192.0.2.200, 203.0.113.1')).toBe(429);
  });

  test('a port of 0 serves nothing', () => {
    expect(startWeb(openWeb().parts, { port: 0, host: '127.0.0.1' })).toBeNull();
  });

  test('a port that is taken is a warning, and no more', async () => {
    const { parts, log } = openWeb();
    const other = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } });
    const { port } = other;

    const web = startWeb(parts, { port, host: '127.0.0.1' });
    other.stop(true);

    expect(web).toBeNull();
    expect(log.lines).toMatchObject([{ level: 'warn', fields: { port, reason: 'EADDRINUSE' } }]);
  });

  test('a port that another of us serves on is taken too, and not shared with it', async () => {
    const other = Bun.serve({ hostname: '127.0.0.1', port: 0, reusePort: true, fetch: () => new Response() });
    const { parts, log } = openWeb();

    const web = startWeb(parts, { port: other.port!, host: '127.0.0.1' });
    await web?.[Symbol.asyncDispose]();
    await other.stop(true);

    expect(web).toBeNull();
    expect(log.lines).toMatchObject([{ level: 'warn', fields: { reason: 'EADDRINUSE' } }]);
  });

  test('an address that is not of this machine is a warning too', () => {
    const { parts, log } = openWeb();

    expect(startWeb(parts, { port: freePort(), host: '192.0.2.1' })).toBeNull();
    expect(log.lines.at(-1)?.level).toBe('warn');
  });

  test('on another address than that of this machine alone, what is public is said', async () => {
    const { parts, log } = openWeb();
    await using web = startWeb(parts, { port: freePort(), host: '0.0.0.0' });

    expect(web).not.toBeNull();
    expect(log.lines.at(-1)).toMatchObject({
      level: 'warn',
      message: 'serving pages and API: everybody who reaches HOST may read; nobody may write without ADMIN_TOKEN',
    });
  });

  test('so it is where a proxy on this machine hands it on', async () => {
    const { parts, log } = openWeb({ parts: { site: siteOf({ publicUrl: 'https://status.example' }) } });
    await using web = startWeb(parts, { port: freePort(), host: '127.0.0.1' });

    expect(web).not.toBeNull();
    expect(log.lines).toMatchObject([
      { level: 'warn', fields: { what: expect.stringContaining('attempts with what was sent and answered') } },
    ]);
    expect(log.lines[0]!.message).toContain('everybody who reaches the proxy at PUBLIC_URL may read');
  });

  test('a body without end is cut off', async () => {
    await using web = startWeb(openWeb().parts, { port: freePort(), host: '127.0.0.1' });

    const response = await fetch(`${web!.url}/api/v1/admin/probes`, { method: 'POST', body: 'x'.repeat(100_000) });

    expect(response.status).toBe(413);
  });
});
