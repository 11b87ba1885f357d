import { expect, test } from 'bun:test';
import { secretsInUrl } from '../../src/lib/secrets-in-url.ts';

test.each([
  ['https://hooks.slack.com/services/T0123ABCD/B0123ABCD/k9LmQ2wX', ['T0123ABCD', 'B0123ABCD', 'k9LmQ2wX']],
  ['https://ntfy.sh/our-topic', ['our-topic']],
  ['https://a.example/ping/8f14e45f?key=s3cr%2Ft', ['8f14e45f', 's3cr/t']],
  ['https://a.example/p%40ss-w0rd', ['p%40ss-w0rd', 'p@ss-w0rd']],
  ['https://a.example/%zz-broken', ['%zz-broken']],
  ['https://a.example/api/push/k9LmQ2wX?status=up&msg=OK&ping=', ['k9LmQ2wX']],
  ['https://a.example/message?token=k9LmQ2wX', ['k9LmQ2wX']],
  ['https://a.example/alerts/hook', []],
  ['https://a.example/', []],
])('of %s these are secrets: %j', (url, secrets) => {
  expect(secretsInUrl(new URL(url))).toEqual(secrets);
});
