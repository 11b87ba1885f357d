/** What has been asked for, and for how many requests more. */
interface Entry<Match, What> {
  readonly match: Match;
  readonly what: What;
  times: number;
}

/** Things to be done to requests, each until it is used up. */
export interface Script<Match, What> {
  /** @param times how many requests it applies to; Infinity: all from now on */
  add(match: Match, what: What, times: number): void;
  /** What is to be done to this request, or null. The most particular entry wins; among equals one that will be used up, then the older. */
  take(subject: Match): What | null;
}

export function createScript<Match extends object, What>(): Script<Match, What> {
  let entries: Entry<Match, What>[] = [];
  const weight = ({ match, times }: Entry<Match, What>) =>
    Object.keys(match).length * 2 + (Number.isFinite(times) ? 1 : 0);
  return {
    add(match, what, times) {
      entries = [...entries, { match, what, times }].toSorted((a, b) => weight(b) - weight(a));
    },
    take(subject) {
      const fits = ({ match }: Entry<Match, What>) =>
        Object.entries(match).every(([name, value]) => Reflect.get(subject, name) === value);
      const entry = entries.find(fits);
      if (!entry) return null;
      entry.times--;
      if (entry.times <= 0) entries = entries.filter((other) => other !== entry);
      return entry.what;
    },
  };
}
