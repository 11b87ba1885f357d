import { sharedNowMs } from '../truth/clock.ts';

/** The moment a request began is a `Date.now()`, whole milliseconds: enough for a record, too coarse to judge the moments after it. */
Date.now = sharedNowMs;
