import type { WebSettings } from '../domain/settings.ts';
import { isLoopback } from '../lib/loopback.ts';
import { networksOf } from '../lib/networks.ts';
import { createApp, type Limits } from './app.ts';
import { clientAddress } from './client-address.ts';
import type { Route, WebParts } from './route.ts';

const LONGEST_REQUEST_BYTES = 16_384;

export interface Web extends AsyncDisposable {
  /** Where it listens, without a slash at the end. */
  readonly url: string;
}

/**
 * Serves what `createApp` answers. A port that is taken, or an address that is not ours, is a warning: probing goes on without.
 *
 * @param served all routes without it
 * @returns null: nothing is served
 */
export function startWeb(
  parts: WebParts,
  {
    port,
    host,
    trustedProxies = [],
  }: Pick<WebSettings, 'host' | 'port'> & Partial<Pick<WebSettings, 'trustedProxies'>>,
  limits?: Limits,
  served?: readonly Route[],
): Web | null {
  const { log } = parts;
  if (port === 0) return null;
  const server = listen();
  if (server === null) return null;
  const url = server.url.origin;
  if (served !== undefined) {
    log.info({ port, paths: served.map(({ path }) => path) }, 'serving how this process is, and nothing else');
  } else if (isLoopback(server.url) && parts.site.url === '') {
    log.info({ url }, 'serving pages and API to this machine');
  } else {
    const what = 'verdicts, attempts with what was sent and answered, incidents, how this program is';
    const whom = isLoopback(server.url) ? 'the proxy at PUBLIC_URL' : 'HOST';
    log.warn(
      { port, what },
      `serving pages and API: everybody who reaches ${whom} may read; nobody may write without ADMIN_TOKEN`,
    );
  }
  return { url, [Symbol.asyncDispose]: () => server.stop(true) };

  function listen(): Bun.Server<undefined> | null {
    const app = createApp(parts, limits, served);
    const trusted = networksOf(trustedProxies);
    try {
      return Bun.serve({
        port,
        hostname: host,
        development: false,
        reusePort: false, // outside of development it would be on: two daemons would answer in turns
        maxRequestBodySize: LONGEST_REQUEST_BYTES,
        fetch(request, server) {
          const peer = server.requestIP(request)?.address ?? '';
          const address = clientAddress(peer, request.headers.get('x-forwarded-for'), trusted);
          return app.fetch(request, { address, stayOpen: () => server.timeout(request, 0) });
        },
      });
    } catch (error) {
      const reason = (error as NodeJS.ErrnoException).code ?? 'unknown';
      log.warn({ port, reason }, 'nothing is served: the port is taken, or the address is not of this machine');
      return null;
    }
  }
}
