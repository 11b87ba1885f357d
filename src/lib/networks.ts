import { BlockList, isIP } from 'node:net';

/** Names for what nobody outside can have: this machine, and the networks that are not routed (RFC 1918, 4193, 6598). */
const NAMED: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  private: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7'],
};

/** `loopback`, `private`, an address, or a network as `192.0.2.0/24`. */
export const isNetwork = (text: string) => rangesOf(text).every((range) => partsOf(range) !== null);

/** @param networks each of which `isNetwork` */
export function networksOf(networks: readonly string[]): { readonly has: (address: string) => boolean } {
  const list = new BlockList();
  for (const range of networks.flatMap(rangesOf)) {
    const { address, bits, family } = partsOf(range)!;
    list.addSubnet(address, bits, family);
  }
  // An IPv4 address that an IPv6 socket shows as ::ffff:192.0.2.1 is found among those of IPv4.
  return { has: (address) => isIP(address) !== 0 && list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4') };
}

const rangesOf = (text: string) => (Object.hasOwn(NAMED, text) ? NAMED[text]! : [text]);

function partsOf(range: string) {
  const [address = '', length, ...rest] = range.split('/');
  const version = isIP(address);
  const most = version === 6 ? 128 : 32;
  const bits = length === undefined ? most : Number(/^\d{1,3}$/.test(length) ? length : Number.NaN);
  if (version === 0 || rest.length > 0 || !(bits <= most)) return null;
  return { address, bits, family: version === 6 ? ('ipv6' as const) : ('ipv4' as const) };
}
