import { describe, expect, test } from 'bun:test';
import { networksOf } from '../../src/lib/networks.ts';
import { clientAddress } from '../../src/web/client-address.ts';

const trusted = networksOf(['loopback', '10.0.0.0/8']);

describe('who asks', () => {
  test('is the other end of the socket where nobody is trusted, whatever a header says', () => {
    expect(clientAddress('127.0.0.1', '203.0.113.7', networksOf([]))).toBe('127.0.0.1');
    expect(clientAddress('198.51.100.4', '203.0.113.7', trusted)).toBe('198.51.100.4');
  });

  test('is whom the trusted proxy has seen', () => {
    expect(clientAddress('127.0.0.1', '203.0.113.7', trusted)).toBe('203.0.113.7');
    expect(clientAddress('::1', ' 2001:db8::9 ', trusted)).toBe('2001:db8::9');
  });

  test('is the last that is not a proxy of ours: what stands before it may be invented', () => {
    expect(clientAddress('127.0.0.1', '192.0.2.66, 203.0.113.7, 10.1.2.3', trusted)).toBe('203.0.113.7');
  });

  test('is the proxy itself where it says nothing, or no address', () => {
    expect(clientAddress('127.0.0.1', null, trusted)).toBe('127.0.0.1');
    expect(clientAddress('127.0.0.1', '', trusted)).toBe('127.0.0.1');
    expect(clientAddress('127.0.0.1', '203.0.113.7, unknown', trusted)).toBe('127.0.0.1');
    expect(clientAddress('127.0.0.1', '203.0.113.7, "x" or 1=1, 10.0.0.1', trusted)).toBe('10.0.0.1');
  });
});
