/** @jsxImportSource hono/jsx */
import { BandChart, bandFigure } from '../../charts/band-chart.tsx';
import { change as changeWords, day } from '../../charts/words.ts';
import { lastNinetyDays, pointsOf } from '../days-shown.ts';
import { figureAddress } from '../exports.ts';
import { endpointPath, modelPath } from '../links.ts';
import { Hidden } from '../needs.tsx';
import { Section } from '../parts.tsx';
import type { Endpoint, ModelContent } from './content.ts';
import { inAddress } from './question.ts';
import { changeSentence, lastChange, range } from './words.ts';

const MOST_CHANGES = 4;

export function trendFigure(content: ModelContent, nowMs: number) {
  const endpoint = shownOf(content);
  return endpoint === undefined ? null : bandFigure(trendOf(content, endpoint, nowMs));
}

function trendOf(content: ModelContent, endpoint: Endpoint, nowMs: number) {
  const points = pointsOf(content.histories.find(({ provider }) => provider === endpoint.provider)?.points ?? []);
  const last = lastChange(endpoint);
  const { says, rest } = slowerSentence(
    endpoint,
    points.slice(-30).reduce((sum, { n }) => sum + n, 0),
  );
  return {
    name: `First token of ${endpoint.provider} over 90 days. ${says} ${rest}`,
    says,
    rest,
    points,
    window: lastNinetyDays(nowMs),
    changedAtMs: last === undefined ? null : Date.parse(last.at),
  };
}

/** Is it getting slower? Of the recommended provider, or of the one that was asked for. */
export function Trend({ content, nowMs }: { readonly content: ModelContent; readonly nowMs: number }) {
  const endpoint = shownOf(content);
  if (endpoint === undefined) return null;
  const { says, rest, ...chart } = trendOf(content, endpoint, nowMs);
  const last = lastChange(endpoint);
  const others = endpoint.changes.filter((each) => each !== last).slice(-MOST_CHANGES);
  return (
    <Section title="Is it getting slower?" beside={<Choice content={content} shown={endpoint.provider} />}>
      <p class="finding">
        <b>{says}</b> {rest}
      </p>
      <p class="axis-title">First token, {endpoint.provider}, day by day</p>
      <BandChart {...chart} address={figureAddress(modelPath(content.model_id), 'trend', inAddress(content.asked))} />
      {others.length > 0 && (
        <ul class="reasons">
          {others.toReversed().map((each) => (
            <li>{changeSentence(each)}</li>
          ))}
        </ul>
      )}
    </Section>
  );
}

function shownOf({ model, recommendations, asked }: ModelContent): Endpoint | undefined {
  const pick = recommendations.find(({ goal }) => goal === asked.goal)?.provider;
  const endpoints = model?.endpoints ?? [];
  return (
    endpoints.find(({ provider }) => provider === asked.provider) ??
    endpoints.find(({ provider }) => provider === pick) ??
    endpoints[0]
  );
}

/** Changes are looked for over thirty days; without one it is said what that rests on. */
function slowerSentence(endpoint: Endpoint, n: number): { readonly says: string; readonly rest: string } {
  const last = lastChange(endpoint);
  if (last === undefined) {
    return { says: `No change we can tell from noise (n = ${n}).`, rest: `${endpoint.provider}, last 30 days.` };
  }
  const on = day(Date.parse(last.at));
  const size = changeWords(last.ratio).slice(1);
  return last.ratio > 1
    ? {
        says: `Yes, since ${on}.`,
        rest: `The median first token of ${endpoint.provider} went up ${size}${range(last.low, last.high)}.`,
      }
    : {
        says: `No, faster since ${on}.`,
        rest: `The median first token of ${endpoint.provider} fell ${size}${range(last.low, last.high)}.`,
      };
}

function Choice({ content, shown }: { readonly content: ModelContent; readonly shown: string }) {
  const { model, model_id, asked } = content;
  return (
    <form class="choice" action={modelPath(model_id)}>
      <Hidden parameters={inAddress({ ...asked, provider: null })} />
      <label>
        Provider{' '}
        <select name="provider">
          {(model?.endpoints ?? []).map(({ provider }) => (
            <option value={provider} selected={provider === shown}>
              {provider}
            </option>
          ))}
        </select>
      </label>
      <button type="submit">Show</button>
      <a href={endpointPath(model_id, shown)}>More of {shown}</a>
    </form>
  );
}
