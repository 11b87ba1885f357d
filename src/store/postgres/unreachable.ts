/** What the client says of a connection that was refused, cut, or not made in time. */
const CLIENT_CODES: ReadonlySet<unknown> = new Set([
  'ERR_POSTGRES_CONNECTION_REFUSED',
  'ERR_POSTGRES_CONNECTION_FAILED',
  'ERR_POSTGRES_CONNECTION_CLOSED',
  'ERR_POSTGRES_CONNECTION_TIMEOUT',
  'ERR_POSTGRES_IDLE_TIMEOUT',
  'ERR_POSTGRES_LIFETIME_TIMEOUT',
]);

/** Class 08: connection exceptions. 53300: no connection is free. 57P01, P02, P03, P05: shut down, crashed, starting up or stopping, idle for too long. */
const SERVER_STATES = /^(08...|53300|57P0[1235])$/;

/** Whether the database cannot be reached at this moment, which may pass; anything else that it says is no fault of the connection. */
export function isUnreachable(error: unknown): boolean {
  const { code, errno } = (error ?? {}) as { code?: unknown; errno?: unknown };
  return CLIENT_CODES.has(code) || SERVER_STATES.test(String(errno));
}
