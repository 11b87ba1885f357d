/** One finding of the doctor. */
export interface Check {
  /** What was looked at. */
  readonly name: string;
  readonly state: 'ok' | 'warn' | 'fail';
  /** One sentence. */
  readonly finding: string;
  /** What a person can do about it; null where nothing need be done. */
  readonly mend: string | null;
}

export const ok = (name: string, finding: string): Check => ({ name, state: 'ok', finding, mend: null });
export const warn = (name: string, finding: string, mend: string): Check => ({ name, state: 'warn', finding, mend });
export const fail = (name: string, finding: string, mend: string): Check => ({ name, state: 'fail', finding, mend });
