import { BlockList, isIP } from 'node:net';
import type { ProxySettings } from '../../domain/settings.ts';
import { isLoopback } from '../../lib/loopback.ts';

/** The proxy that a request to `url` goes through, or null. Plain HTTP to this machine never leaves it. */
export function proxyFor(url: URL, { httpsProxy, httpProxy, noProxy }: ProxySettings): URL | null {
  const proxy = url.protocol === 'https:' ? httpsProxy : httpProxy;
  if (proxy === null || (url.protocol === 'http:' && isLoopback(url))) return null;
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  const host = bareHost(url.hostname);
  const entries = (noProxy ?? '').split(/[\s,]+/).filter((entry) => entry !== '');
  return entries.some((entry) => stands(entry, host, port)) ? null : new URL(proxy);
}

/** `example.com`, `.example.com` and `*.example.com` stand for the name and all below it, `10.0.0.0/8` for a network, `*` for everything. */
function stands(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  const [, name = entry, entryPort = port] = entry.match(/^(\[[^\]]*\]|[^:]*):(\d+)$/) ?? [];
  const pattern = bareHost(name.replace(/^\*?\./, ''));
  if (entryPort !== port || pattern === '') return false;
  return host === pattern || (isIP(host) === 0 ? host.endsWith(`.${pattern}`) : isInNetwork(host, pattern));
}

function isInNetwork(address: string, network: string): boolean {
  const [base = '', prefix = ''] = network.split('/');
  const family = isIP(base);
  const bits = Number(prefix);
  if (family === 0 || family !== isIP(address) || !/^\d+$/.test(prefix) || bits > (family === 4 ? 32 : 128))
    return false;
  const type = family === 4 ? 'ipv4' : 'ipv6';
  const list = new BlockList();
  list.addSubnet(base, bits, type);
  return list.check(address, type);
}

/** Lower case, without the brackets of IPv6 and the dot that ends an absolute name. */
function bareHost(hostname: string): string {
  return hostname
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');
}
