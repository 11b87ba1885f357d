import { describe, expect, test } from 'bun:test';
import { isNetwork, networksOf } from '../../src/lib/networks.ts';

describe('networks', () => {
  test('are addresses, ranges of them, and two names', () => {
    const known = ['loopback', 'private', '192.0.2.1', '192.0.2.0/24', '2001:db8::/32', '::1', '0.0.0.0/0'];
    const unknown = ['', 'all', 'toString', '192.0.2', '192.0.2.0/33', '::/129', '192.0.2.0/', '192.0.2.0/-1', 'a/8'];

    expect(known.filter((text) => !isNetwork(text))).toEqual([]);
    expect(unknown.filter(isNetwork)).toEqual([]);
  });

  test('have what lies in them, also as an IPv6 socket shows an IPv4 address', () => {
    const { has } = networksOf(['loopback', 'private', '192.0.2.0/24', '2001:db8::7']);
    const inside = [
      '127.0.0.1',
      '127.8.8.8',
      '::1',
      '10.16.3.80',
      '172.31.255.255',
      '192.168.1.1',
      '100.64.0.9',
      'fd12::1',
    ];
    const outside = ['172.32.0.1', '11.0.0.1', '192.0.3.1', '2001:db8::8', '::2', 'unix', '', '10.0.0.1:8080'];

    expect([...inside, '192.0.2.200', '2001:db8::7', '::ffff:10.1.2.3'].filter((address) => !has(address))).toEqual([]);
    expect(outside.filter(has)).toEqual([]);
  });

  test('none have nothing', () => {
    expect(networksOf([]).has('127.0.0.1')).toBe(false);
  });
});
