import { createHash, timingSafeEqual } from 'node:crypto';

/**
 * Whether an `Authorization` header shows the administrator's token. Hashes of both are compared, so that how long it takes tells
 * neither a character nor the length. Without a token set nobody is the administrator.
 */
export function isAdministrator(authorization: string | undefined, adminToken: string | null): boolean {
  const shown = authorization?.match(/^Bearer ([\x21-\x7e]+)$/i)?.[1];
  if (adminToken === null || adminToken.trim() === '' || shown === undefined) return false;
  return timingSafeEqual(digest(shown), digest(adminToken));
}

const digest = (text: string) => createHash('sha256').update(text).digest();
