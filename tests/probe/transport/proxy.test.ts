import { describe, expect, test } from 'bun:test';
import { proxyFor } from '../../../src/probe/transport/proxy.ts';

const PROXY = 'http://proxy.test:3128/';

const proxied = (url: string, noProxy: string | null) =>
  proxyFor(new URL(url), { httpsProxy: PROXY, httpProxy: null, noProxy })?.href === PROXY;

describe('the proxy of a request', () => {
  test('is the one of its scheme', () => {
    const settings = { httpsProxy: 'http://a.test/', httpProxy: 'http://b.test/', noProxy: null };

    expect(proxyFor(new URL('https://router.test/'), settings)?.href).toBe('http://a.test/');
    expect(proxyFor(new URL('http://control.test/'), settings)?.href).toBe('http://b.test/');
  });

  test('is none where none is set', () => {
    const settings = { httpsProxy: null, httpProxy: PROXY, noProxy: null };
    expect(proxyFor(new URL('https://router.test/'), settings)).toBeNull();
  });

  test('is none for plain HTTP to this machine', () => {
    const settings = { httpsProxy: PROXY, httpProxy: PROXY, noProxy: null };
    for (const host of ['127.0.0.1:8080', 'localhost', '[::1]:1']) {
      expect(proxyFor(new URL(`http://${host}/`), settings)).toBeNull();
    }
    expect(proxyFor(new URL('https://localhost/'), settings)).not.toBeNull();
  });
});

describe('NO_PROXY', () => {
  test.each([
    ['https://router.test/', 'router.test'],
    ['https://router.test/', 'ROUTER.TEST'],
    ['https://eu.router.test/', 'router.test'],
    ['https://eu.router.test/', '.router.test'],
    ['https://eu.router.test/', '*.router.test'],
    ['https://router.test/', '.router.test'],
    ['https://router.test./', 'router.test'],
    ['https://router.test/', 'other.test, router.test'],
    ['https://router.test/', 'other.test router.test'],
    ['https://router.test:8443/', 'router.test:8443'],
    ['https://router.test/', 'router.test:443'],
    ['https://10.1.2.3/', '10.1.2.3'],
    ['https://10.1.2.3/', '10.0.0.0/8'],
    ['https://[fd00::1]/', 'fd00::1'],
    ['https://[fd00::1]:8443/', '[fd00::1]:8443'],
    ['https://[fd00::1]/', 'fd00::/8'],
    ['https://anything.test/', '*'],
  ])('lets %s go straight by "%s"', (url, noProxy) => {
    expect(proxied(url, noProxy)).toBe(false);
  });

  test.each([
    ['https://router.test/', ''],
    ['https://router.test/', ' , '],
    ['https://notrouter.test/', 'router.test'],
    ['https://router.test/', 'eu.router.test'],
    ['https://router.test.evil.test/', 'router.test'],
    ['https://router.test/', 'router.test:8443'],
    ['https://11.1.2.3/', '10.0.0.0/8'],
    ['https://110.1.2.3/', '10.1.2.3'],
    ['https://10.1.2.3/', '10.0.0.0/99'],
    ['https://10.1.2.3/', '10.0.0.0/'],
    ['https://10.1.2.3/', '3'],
    ['https://10.1.2.3/', 'fd00::/8'],
    ['https://router.test/', '.'],
    ['https://router.test/', 'test..'],
  ])('sends %s through the proxy all the same with "%s"', (url, noProxy) => {
    expect(proxied(url, noProxy)).toBe(true);
  });
});
