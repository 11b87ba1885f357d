import { isIP } from 'node:net';

/**
 * Who asks: the address at the other end of the socket. Where that is a proxy of ours, the last of those it says to have come
 * through (`X-Forwarded-For`) that is none of ours: what stands before it anybody may have written.
 */
export function clientAddress(
  peer: string,
  forwardedFor: string | null,
  trusted: { readonly has: (address: string) => boolean },
): string {
  let client = peer;
  for (const hop of (forwardedFor ?? '').split(',').toReversed()) {
    const address = hop.trim();
    if (!trusted.has(client) || isIP(address) === 0) break;
    client = address;
  }
  return client;
}
