import http from 'node:http';
import https from 'node:https';
import { type Fault, faultOf } from './ending.ts';
import { openTunnel } from './tunnel.ts';

export interface RequestOptions {
  readonly method: 'POST' | 'HEAD';
  readonly headers: Readonly<Record<string, string>>;
  /** PEM certificates trusted instead of the well-known roots; null: those. */
  readonly ca: readonly string[] | null;
  readonly proxy: URL | null;
}

export interface OpeningEvents {
  /** The proxy let us through. */
  tunnelled(): void;
  /** The request exists and wants its listeners and its `end()`. Behind a proxy its connection already stands, TLS included. */
  opened(request: http.ClientRequest): void;
  /** There will be no request. Null: the connection was closed without an error. */
  failed(fault: Fault | null): void;
}

/** The next address of a name is tried after this long (Bun's default is 500); an option of `net.connect` that `http` passes on. */
const CONNECTING: object = { autoSelectFamilyAttemptTimeout: 250 };

/**
 * Opens one request on a connection of its own, straight or through the proxy. Certificates are always verified, redirects never followed.
 *
 * @throws what `node:http` throws for headers that cannot be sent; behind a proxy that comes as `failed`
 */
export function openRequest(url: URL, options: RequestOptions, events: OpeningEvents): Disposable {
  const { method, headers, ca, proxy } = options;
  const { Agent, request } = url.protocol === 'https:' ? https : http;
  const agent = new Agent({ keepAlive: false, maxSockets: 1, ...(ca === null ? {} : { ca: [...ca] }) });
  const open = () => request(url, { ...CONNECTING, method, headers: { ...headers }, agent });

  if (proxy === null) {
    const straight = open();
    events.opened(straight);
    return closing(straight, agent);
  }

  const tunnel = openTunnel(url, proxy, ca, {
    tunnelled: events.tunnelled,
    failed: events.failed,
    stands(socket) {
      agent.createConnection = () => socket;
      try {
        events.opened(open());
      } catch (error) {
        events.failed(faultOf(error));
      }
    },
  });
  return closing(tunnel, agent);
}

function closing(...resources: readonly { destroy(): void }[]): Disposable {
  return {
    [Symbol.dispose]() {
      for (const resource of resources) resource.destroy();
    },
  };
}
