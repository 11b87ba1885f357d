export const DAY_MS = 24 * 3600 * 1000;

/** `2026-08-03`, in UTC. */
export const dayOf = (atMs: number) => new Date(atMs).toISOString().slice(0, 10);

/** Unix ms of the midnight (UTC) before. */
export const startOfDay = (atMs: number) => Math.floor(atMs / DAY_MS) * DAY_MS;
