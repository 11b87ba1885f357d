/** The visible text of a reply, as far as it came. */
export interface GivenAnswer {
  readonly answer: string;
  /** The reply ended before it was over: `finish_reason: length`, or our own total time. */
  readonly cut: boolean;
}

/**
 * Whether an answer ends in what was expected.
 *
 * An expected number must be the number that the answer settles on, not one that it mentions on the way. The answer settles on
 * what it puts in a box, in bold or on a line of its own, or after words like "the answer is" or "should be", the last of these; else on
 * the last number after a sign like `=` or `is`; else on its last number. `1,771.2`, `1 771,2`, `1.771,2` and `1771.20` are 1771.2.
 *
 * Any other expected text must occur in the answer as whole words, without regard to case, markup, punctuation and spacing.
 *
 * @returns null where the reply was cut before it settled on anything
 */
export function isCorrect({ answer, cut }: GivenAnswer, expected: string): boolean | null {
  const text = withoutMarkup(answer);
  const expectedNumber = wholeNumber(withoutMarkup(expected));
  if (expectedNumber === null) {
    const wanted = wordsOf(withoutMarkup(expected));
    return wordsOf(text).includes(wanted) || (cut ? null : false);
  }
  const { value, isSettled } = numberOf(text);
  if (cut && !isSettled) return null;
  return value !== null && isSameNumber(value, expectedNumber);
}

/** The number that an answer settles on, by the same rules; null where there is none, or the reply was cut before it. */
export function answerValue({ answer, cut }: GivenAnswer): number | null {
  const { value, isSettled } = numberOf(withoutMarkup(answer));
  return (cut && !isSettled) || !Number.isFinite(value) ? null : value;
}

function numberOf(text: string): { readonly value: number | null; readonly isSettled: boolean } {
  const claims = claimsIn(text);
  const settled = claims.findLast(({ isSettled }) => isSettled);
  const value = settled?.value ?? claims.at(-1)?.value ?? numbersIn(text).at(-1) ?? null;
  return { value, isSettled: settled !== undefined };
}

/** 1e-9 of relative difference forgives `1771.2000000000003`, nothing that a person would call another number. */
function isSameNumber(given: number, expected: number): boolean {
  return Math.abs(given - expected) <= 1e-9 * Math.abs(expected);
}

/** Digits, grouped in threes by `,` `.` `'` or a space or not at all, with decimals after another sign than that; no part of a longer number or a word. */
const NUMBER = String.raw`(?<![\p{L}\d_]|\d[.,])[-+]?(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?:\.\d{3})+,\d+|\d{1,3}(?:[ ']\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d+)?)(?:e[-+]?\d{1,3})?(?![.,]?\d)`;
/** The number goes on as an expression: `= 61.5 × 3.2`. */
const GOES_ON = String.raw`(?!\s*(?:[*×·⋅/÷^+]|[-x]\s*\d))`;
const BEFORE_CLAIM = String.raw`(?:[:=≈≃≅→⇒]|\b(?:is|are|be|was|equals?|gives?|get|got|yields?|makes?|becomes|says?|actually)\b)`;
const FILLER = String.raw`(?:\s|[$€£("“]|\b(?:approximately|about|exactly|roughly|simply|just|now|thus|therefore|then|indeed|to|as)\b)*`;

/** `1771.2 is the answer`, said the other way round. */
const NUMBER_FIRST = new RegExp(
  `(${NUMBER})\\s+is\\s+the\\s+(?:(?:final|correct|exact)\\s+)?(?:answer|result|solution)\\b`,
  'giu',
);
const ALL_NUMBERS = new RegExp(NUMBER, 'giu');
const ALL_CLAIMS = new RegExp(`(${BEFORE_CLAIM})${FILLER}(${NUMBER})${GOES_ON}`, 'giu');
const NUMBER_ALONE = new RegExp(`^\\s*(?:[=≈:]\\s*)?[$€£]?\\s*(${NUMBER})\\s*(?:\\p{L}{1,12})?[.!]?\\s*$`, 'iu');
const CUE = /\b(?:answer|result|solution|outcome|should\s+(?:be|have)|actually|correct(?:ed|ion)?)\b/iu;
/** Words after which a number counts something else: `rounded to 2 decimal places`, `in 3 steps`. */
const ASIDE = /\b\d+\s+(?:decimals?|digits?|steps?|significant|places?)\b/giu;

interface Claim {
  readonly value: number;
  /** Said as the answer, not as a step towards it. */
  readonly isSettled: boolean;
}

/** `If you meant 123/(2*3.2*9), it would be 2.135`: an answer to another question. */
const OTHER_QUESTION = /\bif\b.{0,80}?\b(?:meant|mean|intended|interpret(?:ed)?|wanted|written|read)\b/i;

function claimsIn(text: string): readonly Claim[] {
  const sentences = sentencesOf(text);
  const claims = claimsOf(sentences.filter((sentence) => !OTHER_QUESTION.test(sentence)));
  return claims.length > 0 ? claims : claimsOf(sentences);
}

function claimsOf(sentences: readonly string[]): readonly Claim[] {
  return sentences.flatMap((sentence): readonly Claim[] => {
    const alone = NUMBER_ALONE.exec(sentence);
    if (alone) return [{ value: numberFrom(alone[1]!), isSettled: true }];
    const cueFrom = /\bstep\b/i.test(sentence) ? -1 : sentence.search(CUE);
    const found = [...sentence.matchAll(ALL_CLAIMS)].map(({ 0: { length }, 1: sign, 2: number, index }) => ({
      value: numberFrom(number!),
      isWord: sign !== '=' && sign !== '≈',
      endsAt: index + length,
    }));
    const cued = found.filter(({ endsAt }) => cueFrom >= 0 && cueFrom < endsAt);
    const settled = cued.findLast(({ isWord }) => isWord) ?? cued.at(-1);
    return found.map((claim) => ({ value: claim.value, isSettled: claim === settled }));
  });
}

/** A sentence ends with its line or its full stop. A line that announces what the next one says is joined to it; a calculation in brackets is an aside. */
function sentencesOf(text: string): readonly string[] {
  return text
    .replace(/\([^()\n]{0,200}=[^()\n]{0,200}\)/g, ' ')
    .replace(NUMBER_FIRST, '\nanswer: $1\n')
    .replace(/([:=≈]|\b(?:is|are|be|equals|answer|result|solution))[^\S\n]*\n\s*/gi, (_whole, end: string) =>
      /^\w/.test(end) && !/^(?:is|are|be|equals)$/i.test(end) ? `${end}: ` : `${end} `,
    )
    .split(/\n|(?<=[.!?;])\s+/)
    .filter((sentence) => sentence.trim() !== '');
}

function numbersIn(text: string): readonly number[] {
  return [...text.replace(ASIDE, ' ').matchAll(ALL_NUMBERS)].map(([number]) => numberFrom(number));
}

function wholeNumber(text: string): number | null {
  const [only] = text.trim().match(ALL_NUMBERS) ?? [];
  return only !== undefined && only === text.trim() ? numberFrom(only) : null;
}

/** Of a text that `NUMBER` matched: the last `.` or `,` is the decimal sign, unless it only groups. */
function numberFrom(number: string): number {
  const compact = number.replace(/[ ']/g, '');
  const isGrouped = /^[-+]?\d{1,3}(?:,\d{3})+(?![\d,])/.test(compact);
  const isContinental = /,\d+(?:e|$)/i.test(compact) && !isGrouped;
  return Number(isContinental ? compact.replaceAll('.', '').replace(',', '.') : compact.replaceAll(',', ''));
}

/** Longer answers are judged by their end: nobody states a number a hundred pages before. */
const LONGEST_ANSWER = 100_000;

/** Plain text: LaTeX and Markdown taken off, a box or bold number set on a line of its own. */
function withoutMarkup(text: string): string {
  const plain = text
    .slice(-LONGEST_ANSWER)
    .normalize('NFKC')
    .replace(/[\u2212\u2013]/g, '-')
    .replace(/’/g, "'")
    .replace(/\{([.,])\}/g, '$1')
    .replace(/\\[,;:! ]|~/g, ' ')
    .replace(/\\(?:text|textbf|mathrm|mathbf|mathit|operatorname)\s*\{([^{}]*)\}/g, ' $1 ')
    .replace(/\\(?:boxed|fbox)\s*\{([^{}]*)\}/g, '\nanswer: $1\n')
    .replace(/\\(?:times|cdot)\b/g, '×')
    .replace(/\\div\b/g, '÷')
    .replace(/(\d) *[×x*·⋅] *10 *\^ *\{? *([-+]?\d{1,2}) *\}?/g, '$1e$2')
    .replace(/\\(?:approx|simeq)\b/g, '≈')
    .replace(/\\[()[\]]|\$|\\\\/g, ' ')
    .replace(/\\[a-z]*/gi, ' ')
    // runs of white space would make the patterns of numbers quadratic
    .replace(/[^\S\n]+/g, ' ')
    .replace(/\n\s+/g, '\n');
  return plain
    .replace(BOLD_NUMBER, '\n$2\n')
    .replace(/\*\*|__|`|^#+\s*/gm, '')
    .replace(/^ *(?:\d{1,2}[.)]|[-*•]) +/gm, '')
    .replace(/ +/g, ' ');
}
const BOLD_NUMBER = new RegExp(`(\\*\\*|__)\\s*[=≈:]?\\s*[$€£]?\\s*(${NUMBER})[^*_\\n\\d]{0,20}?\\1${GOES_ON}`, 'giu');

/** Words with one space between and around them, so that a part of a word is not found. */
function wordsOf(text: string): string {
  return ` ${text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()} `;
}
