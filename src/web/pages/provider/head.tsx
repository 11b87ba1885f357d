/** @jsxImportSource hono/jsx */
import { UNKNOWN } from '../../../lib/format.ts';
import { counted } from '../../../lib/lists.ts';
import { causeWords, interval, uptime } from '../../words.ts';
import { isAnswering } from '../standing.ts';
import type { Verdict } from './content.ts';
import { isFalse } from './features.tsx';

/** What else is to be known before one uses it. */
export function Sum({ verdict: { first_try, endpoints } }: { verdict: Verdict }) {
  const fails = [
    ...new Set(endpoints.flatMap(({ features }) => features.filter(isFalse).map(({ feature }) => causeWords(feature)))),
  ];
  return (
    <p class="lead">
      {first_try.trials === 0
        ? 'Nobody asked it in the last 24 hours.'
        : `It answered ${first_try.successes} of ${counted(first_try.trials, 'first attempt')} in the last 24 hours.`}
      {fails.length === 0 ? '' : ` What it advertises and does not do on at least one model: ${fails.join(', ')}.`}
    </p>
  );
}

export function Figures({ verdict: { first_try, endpoints, open_incidents } }: { verdict: Verdict }) {
  const correct = {
    successes: endpoints.reduce((sum, each) => sum + each.correct.successes, 0),
    trials: endpoints.reduce((sum, each) => sum + each.correct.trials, 0),
  };
  return (
    <dl class="figures">
      <div>
        <dt>Uptime, 24 h</dt>
        <dd>
          {uptime(first_try)} <small>{interval(first_try)}</small>
        </dd>
      </div>
      <div>
        <dt>Models answering</dt>
        <dd>
          {endpoints.filter(isAnswering).length} <small>/ {endpoints.length}</small>
        </dd>
      </div>
      <div>
        <dt>Correct, 24 h</dt>
        <dd>{uptime(correct)}</dd>
      </div>
      <div>
        <dt>Open incidents</dt>
        <dd>{open_incidents ?? UNKNOWN}</dd>
      </div>
    </dl>
  );
}
