/** @jsxImportSource hono/jsx */
import { formatCount, formatDuration, UNKNOWN } from '../../../lib/format.ts';
import { since } from '../../../lib/moments.ts';
import { causeWords, uptime } from '../../words.ts';
import { leastBadOf } from '../board.tsx';
import { AsOf, type Pulse } from '../layout.tsx';
import { incidentPath } from '../links.ts';
import { EndpointLink } from '../parts.tsx';
import { isJudged, shortName } from '../standing.ts';
import type { NowContent } from './content.ts';

/** Why the sentence is true, and where the proof is. */
export function Evidence({ content: { incidents, models }, pulse }: { content: NowContent; pulse: Pulse }) {
  const least = leastBadOf(models.flatMap(({ endpoints }) => endpoints));
  const outage = incidents?.find(({ kind, ended_at }) => kind === 'outage' && ended_at === null);
  return (
    <>
      <AsOf {...pulse} />
      {least === null ? null : (
        <p class="lead">
          Least bad:{' '}
          <EndpointLink modelId={least.model_id} provider={least.provider}>
            {least.provider} on {shortName(least.model_id)}
          </EndpointLink>
          , which answered {uptime(least.availability.first_try)} of first attempts.
        </p>
      )}
      {outage === undefined ? null : (
        <p class="lead">
          {outage.says} It has lasted {since(Date.parse(outage.started_at), pulse.nowMs)}
          {outage.cause === null ? '' : `: ${causeWords(outage.cause)}`}.{' '}
          <a href={incidentPath(outage.incident_id)}>Follow the incident</a>
        </p>
      )}
    </>
  );
}

export function Figures({ content: { models, probes, location }, pulse }: { content: NowContent; pulse: Pulse }) {
  const all = models.flatMap(({ endpoints }) => endpoints).filter(({ state }) => state.state !== 'delisted');
  const healthy = all.filter(({ state }) => state.state === 'healthy').length;
  const judged = probes.answered + probes.failed;
  return (
    <dl class="figures">
      <div>
        <dt>Endpoints healthy</dt>
        <dd>
          {all.some(isJudged) ? healthy : UNKNOWN} <small>/ {all.length === 0 ? UNKNOWN : all.length}</small>
        </dd>
      </div>
      <div>
        <dt>Probes, 24 h</dt>
        <dd>{formatCount(all.length === 0 ? null : probes.sent)}</dd>
      </div>
      <div>
        <dt>Failed, 24 h</dt>
        <dd>{judged === 0 ? UNKNOWN : `${((100 * probes.failed) / judged).toFixed(2)}%`}</dd>
      </div>
      <div>
        <dt>Probed from</dt>
        <dd class="words">
          {location ?? UNKNOWN}, every {formatDuration(pulse.intervalMs)}
        </dd>
      </div>
    </dl>
  );
}
