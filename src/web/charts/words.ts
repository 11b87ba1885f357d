/** +23%, −7% */
export function change(ratio: number): string {
  const percents = Math.round((ratio - 1) * 100);
  return percents < 0 ? `−${-percents}%` : `+${percents}%`;
}

/** 4 Nov, in UTC */
export function day(atMs: number): string {
  const [, date, name] = new Date(atMs).toUTCString().split(' ');
  return `${Number(date)} ${name}`;
}

export const month = (atMs: number) => new Date(atMs).toUTCString().split(' ')[2]!;

/** 14:05, in UTC */
export const clock = (atMs: number) => new Date(atMs).toISOString().slice(11, 16);
