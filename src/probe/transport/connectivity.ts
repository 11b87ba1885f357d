import type { ProxySettings } from '../../domain/settings.ts';
import { openRequest } from './open-request.ts';
import { proxyFor } from './proxy.ts';

export interface ConnectivityOptions {
  /** Hosts we trust. */
  readonly urls: readonly string[];
  readonly proxy: ProxySettings;
  /** Of the whole answer, DNS to headers. */
  readonly timeoutMs?: number;
  /** PEM certificates trusted instead of the well-known roots. */
  readonly ca?: readonly string[];
}

export interface Connectivity {
  /** False only when every control host failed; with none to ask, true. Those who ask while a request is under way share it. */
  online(): Promise<boolean>;
}

/** Asks hosts we trust whether we are online, the way the probes ask but without any credential. Any HTTP answer counts. */
export function createConnectivity({ urls, proxy, timeoutMs = 3000, ca }: ConnectivityOptions): Connectivity {
  let underWay: Promise<boolean> | null = null;

  const askAll = async (): Promise<boolean> => {
    if (urls.length === 0) return true;
    using requests = new DisposableStack();
    const timeUp = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => timeUp.resolve(false), timeoutMs);
    requests.defer(() => clearTimeout(timer));
    const ask = (url: string) => answered(url, { proxy, ca: ca ?? null }, requests);
    const anyAnswer = Promise.any(urls.map(ask)).then(
      () => true,
      () => false,
    );
    return await Promise.race([anyAnswer, timeUp.promise]);
  };

  return {
    online() {
      underWay ??= askAll().finally(() => {
        underWay = null;
      });
      return underWay;
    },
  };
}

/** Resolves with the first sign of an HTTP answer, rejects when there will be none. */
async function answered(
  href: string,
  { proxy, ca }: { readonly proxy: ProxySettings; readonly ca: readonly string[] | null },
  requests: DisposableStack,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const url = new URL(href);
  const options = { method: 'HEAD', headers: {}, ca, proxy: proxyFor(url, proxy) } as const;
  const opening = openRequest(url, options, {
    tunnelled() {},
    failed: (fault) => reject(new Error(fault?.code ?? 'closed')),
    opened(request) {
      request.once('response', (response) => {
        response.on('error', () => {});
        resolve();
      });
      request.on('error', reject);
      request.once('close', () => reject(new Error('closed')));
      request.end();
    },
  });
  requests.use(opening);
  await promise;
}
