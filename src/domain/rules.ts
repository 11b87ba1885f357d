/** Numbers that verdicts rest on, and that the page of methods tells. */

/** Fewer first tries or replies than this: never recommended. */
export const LEAST_SAMPLES = 12;
/** Whoever certainly fails more than one first try in twenty is to be avoided. */
export const LEAST_AVAILABILITY = 0.95;
/** What a balanced choice is made of (spec.md, "Recommendation"). */
export const BALANCED_WEIGHTS = { firstToken: 0.25, wholeReply: 0.25, price: 0.25, reliability: 0.25 } as const;
/** A first try that fails costs as much as so many good replies. */
export const COST_OF_A_FAILURE = 10;
/** USD per million tokens: below this a price counts as this much, so that free is not infinitely better than cheap. */
export const LEAST_PRICE = 0.01;
