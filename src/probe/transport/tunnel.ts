import http from 'node:http';
import https from 'node:https';
import { isIP, type Socket } from 'node:net';
import tls from 'node:tls';
import { type Fault, faultOf } from './ending.ts';

export interface TunnelEvents {
  /** The proxy let us through; TLS with the host itself comes next. */
  tunnelled(): void;
  /** Ready to be written to. */
  stands(socket: Socket): void;
  /** Called once at most, and never after `stands`. Null: closed without an error. */
  failed(fault: Fault | null): void;
}

/**
 * Asks a proxy for a way to the host of `url`, and for https does the handshake with that host inside it.
 * Our own CONNECT, because no library tells the proxy's refusal from the provider's, nor shows when the tunnel stands.
 */
export function openTunnel(
  url: URL,
  proxy: URL,
  ca: readonly string[] | null,
  events: TunnelEvents,
): { destroy(): void } {
  const { Agent, request } = proxy.protocol === 'https:' ? https : http;
  const agent = new Agent({ keepAlive: false });
  const authority = `${url.hostname}:${url.port || defaultPort(url)}`;
  const connect = request({
    host: bareHost(proxy),
    port: proxy.port || defaultPort(proxy),
    method: 'CONNECT',
    path: authority,
    headers: { host: authority, ...authorization(proxy) },
    agent,
  });
  let socket: Socket | null = null;
  let over = false;
  const fail = (fault: Fault | null) => {
    if (over) return;
    over = true;
    events.failed(fault);
  };
  const stand = () => {
    if (over || socket === null) return;
    over = true;
    events.stands(socket);
  };

  connect.on('error', (error) => fail(faultOf(error)));
  connect.once('close', () => setImmediate(() => socket === null && fail(null)));
  connect.once('connect', ({ statusCode }, raw: Socket) => {
    socket = raw;
    raw.on('error', (error) => fail(faultOf(error)));
    if (statusCode !== 200) return fail({ code: `HTTP ${statusCode}`, syscall: null });
    events.tunnelled();
    if (url.protocol === 'http:') return stand();
    const host = bareHost(url);
    const trust = ca === null ? {} : { ca: [...ca] };
    const secure = tls.connect({ socket: raw, host, servername: isIP(host) === 0 ? host : '', ...trust });
    socket = secure;
    secure.on('error', (error) => fail(faultOf(error)));
    secure.once('close', () => fail(null));
    secure.once('secureConnect', stand);
  });
  connect.end();

  return {
    destroy() {
      over = true;
      socket?.destroy();
      connect.destroy();
      agent.destroy();
    },
  };
}

function authorization({ username, password }: URL): Record<string, string> {
  if (username === '' && password === '') return {};
  const credentials = [username, password].map(unescaped).join(':');
  return { 'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}` };
}

/** As written where it is no valid percent encoding. */
function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const defaultPort = ({ protocol }: URL) => (protocol === 'https:' ? 443 : 80);
const bareHost = ({ hostname }: URL) => hostname.replace(/^\[(.*)\]$/, '$1');
