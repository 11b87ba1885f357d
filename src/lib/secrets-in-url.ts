/** Parts of well-known hooks that are the same for everybody; masking them would only hide words. */
const PUBLIC_PARTS = new Set([
  'services',
  'workflows',
  'triggers',
  'webhooks',
  'webhook',
  'hooks',
  'hook',
  'notify',
  'ping',
  'push',
  'message',
  'alert',
  'alerts',
  'heartbeat',
  'integration',
  'integrations',
  'incoming',
  'json',
  'api',
]);
const SHORTEST = 4;

/** What makes the URL of a hook a secret, for the redactor: its path and query, part by part. Its host is none. */
export function secretsInUrl(url: URL): readonly string[] {
  const parts = [...url.pathname.split('/'), ...url.searchParams.values()];
  return parts.flatMap((part) => {
    const plain = unescaped(part);
    return PUBLIC_PARTS.has(plain) || plain.length < SHORTEST ? [] : [...new Set([part, plain])];
  });
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
