import { isUnreachable } from './unreachable.ts';

const CERTIFICATE = /CERT|^UNABLE_TO_VERIFY|^ERR_TLS_/;
const LOGIN = /^ERR_POSTGRES_(AUTHENTICATION|PASSWORD|SASL|UNSUPPORTED_AUTH|UNKNOWN_AUTH|CHANNEL_BINDING)/;

/**
 * What the database, or the way to it, has against us, with what mends it; null: the error is of another kind. Neither our address nor words of
 * the server are in it, which may name it too.
 */
export function databaseTrouble(error: unknown): string | null {
  const { code, errno } = (error ?? {}) as { code?: unknown; errno?: unknown };
  const [ours, theirs] = [String(code), String(errno)];
  if (isUnreachable(error)) {
    const what = ours === 'ERR_POSTGRES_SERVER_ERROR' ? theirs : ours;
    return `the database at DATABASE_URL cannot be reached (${what}): see whether it runs, and whether host, port and firewall let us through`;
  }
  if (ours === 'ERR_POSTGRES_TLS_NOT_AVAILABLE') {
    return 'the database at DATABASE_URL has no TLS: turn it on there (ssl = on), or add sslmode=disable where the network is yours alone';
  }
  if (CERTIFICATE.test(ours)) {
    return `the certificate of the database at DATABASE_URL is not trusted (${ours}): name the host as the certificate does, and give its root with sslrootcert=FILE`;
  }
  if (LOGIN.test(ours) || theirs.startsWith('28')) {
    const what = theirs.startsWith('28') ? theirs : ours;
    return `the database at DATABASE_URL does not let this user in (${what}): see to user and password, and to pg_hba.conf of the server`;
  }
  switch (theirs) {
    case '3D000':
      return 'the server at DATABASE_URL has no database of that name: make it (CREATE DATABASE), or mend the URL';
    case '42501':
      return 'the user of DATABASE_URL lacks a right (42501): run deploy/postgres/roles.sql as the owner of the tables, and give the user the roles of what it runs';
    default:
      return null;
  }
}
