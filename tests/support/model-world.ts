import { type Sample, sampleOf } from '../../src/domain/sample.ts';
import { type Random, seededRandom } from '../../src/lib/random.ts';
import { aRecord } from './builders.ts';

/** Replies of the providers of one model, with a known truth, as the questions about the model see them. */

export const CYCLE_MS = 30 * 60 * 1000;
export const FIRST_MS = Date.parse('2026-06-01T00:00:00.000Z');
const PROVIDERS = ['amber', 'basalt', 'cobalt', 'dune', 'ember'];
const CYCLES_PER_DAY = 48;
const BASE = sampleOf(aRecord())!;

/** Another model from a cycle on. */
export interface Swap {
  readonly atCycle: number;
  /** Added to the tokens of the prompt. */
  readonly promptTokens: number;
  /** Times the length of a reply. */
  readonly length: number;
  /** Added to the share of wrong answers. */
  readonly wrong: number;
}

/** @returns samples of five providers, oldest first; the first provider is the swapped one, if any is */
export function modelWorld(seed: string, cycles: number, swap: Swap | null = null): readonly Sample[] {
  const series = PROVIDERS.map((provider, i) =>
    providerSamples(provider, seededRandom(`${seed} ${provider}`), cycles, i === 0 ? swap : null),
  );
  return Array.from({ length: cycles }, (_, cycle) => series.flatMap((of) => of[cycle] ?? [])).flat();
}

/**
 * What honest providers do all the same: templates of their own, or two of them behind one name; a template that changes by a word; wrong answers,
 * for some 15 % for ever, on some days twice as many; lengths that vary and resemble their neighbours, and that are set otherwise once;
 * fingerprints that change now and then or on every reply; releases that change fingerprint and chunks at once; models renamed.
 */
function providerSamples(
  provider: string,
  random: Random,
  cycles: number,
  swap: Swap | null,
): readonly (Sample | null)[] {
  const some = <T>(...choices: readonly T[]) => choices[Math.floor(random() * choices.length)]!;
  const once = (share: number) => (random() < share ? Math.floor(random() * cycles) : Number.POSITIVE_INFINITY);
  const template = some(0, 0, 0, 4, 9, 14);
  const counts = swap === null && random() < 0.1 ? null : 1;
  const second = swap === null && random() < 0.1 ? some(1, 6) : 0;
  const secondShare = some(0.02, 0.3, 0.5);
  const word = { at: swap === null ? once(0.1) : Infinity, by: some(-2, -1, 1, 2) };
  const wrong = random() < 0.15 ? 0.15 : 0.01 + 0.05 * random();
  const sd = 0.15 + 0.3 * random();
  const memory = 0.5 * random();
  const tokens = 300 + 600 * random();
  const setOtherwise = { at: swap === null ? once(0.05) : Infinity, by: some(0.6, 0.8, 1.3) };
  const cut = random() < 0.3 ? 0.04 * random() : 0;
  const fingerprints = some('none', 'none', 'stable', 'stable', 'sometimes', 'always');
  const release = { at: once(0.3), by: some(0.5, 2) };
  const renamed = once(0.1);
  let [noise, fingerprint, badDay] = [sd * gaussian(random), 0, 1];
  return Array.from({ length: cycles }, (_, cycle) => {
    noise = memory * noise + sd * Math.sqrt(1 - memory ** 2) * gaussian(random);
    if (cycle % CYCLES_PER_DAY === 0) badDay = random() < 0.1 ? 2 : 1;
    if (fingerprints === 'always' || (fingerprints === 'sometimes' && random() < 1 / 480) || cycle === release.at)
      fingerprint++;
    const isSwapped = swap !== null && cycle >= swap.atCycle;
    const isWrong = random() < wrong * badDay + (isSwapped ? swap.wrong : 0);
    const isSecond = random() < secondShare;
    const isCut = random() < cut;
    const prompt = 30 + template + (isSecond ? second : 0) + (cycle >= word.at ? word.by : 0);
    const length = tokens * (isSwapped ? swap.length : 1) * (cycle >= setOtherwise.at ? setOtherwise.by : 1);
    const completionTokens = Math.max(1, Math.round(length * Math.exp(noise)));
    const gapP50Ms = 10 * Math.exp(0.2 * gaussian(random));
    if (random() < 0.02) return null;
    return {
      ...BASE,
      ...{ providerName: provider, dueAtMs: FIRST_MS + cycle * CYCLE_MS, attemptId: `${provider} ${cycle}` },
      promptTokens: counts && prompt + (isSwapped ? swap.promptTokens : 0),
      ...{ completionTokens, finishReason: isCut ? 'length' : 'stop' },
      answerCorrect: isCut ? null : !isWrong,
      answerValue: isCut ? null : isWrong ? Math.floor(1000 * random()) : 1771.2,
      tokensPerChunk: (cycle >= release.at ? release.by : 1) * Math.exp(0.05 * gaussian(random)),
      ...{ gapP50Ms, gapP95Ms: gapP50Ms * (2 + random()) },
      systemFingerprint: fingerprints === 'none' ? null : `fp_${fingerprint}`,
      responseModel: cycle >= renamed ? 'acme/thinker' : 'acme/Thinker-7B',
    };
  });
}

/** Standard normal (G. E. P. Box, M. E. Muller, 1958). */
function gaussian(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
