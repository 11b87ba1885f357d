import { z } from 'zod';
import { atom, feedOf } from '../atom.ts';
import { BADGE_METRICS, BADGE_SECONDS, badgeOf, badgeSvg } from '../badge.ts';
import { cardPng, cardSvg } from '../card.ts';
import { iso } from '../data-names.ts';
import { ModelContent, modelContent } from '../pages/model/content.ts';
import { QUESTION } from '../pages/model/question.ts';
import { readingFor } from '../pages/page.tsx';
import * as given from '../parameters.ts';
import { type Route, route, type WebParts } from '../route.ts';
import { Badge, BadgeSource, Feed } from '../schemas/answers.ts';
import { Moment } from '../schemas/schema.ts';

const ENTRIES = 50;
const BADGE_WINDOW = { agoMs: 7 * 24 * 3600 * 1000 };
const ATOM = { type: 'application/atom+xml; charset=utf-8', text: atom };

const BADGE = {
  tag: 'embeds',
  keepSeconds: BADGE_SECONDS,
  restsOnKnowledge: true,
  parameters: z.strictObject({
    org: given.org,
    name: given.name,
    provider: given.provider,
    metric: given.oneOf(BADGE_METRICS).prefault('uptime').describe('What it shows.'),
  }),
  handle: badge,
} as const;

export const EMBED_ROUTES: readonly Route[] = [
  route({
    path: '/incidents.atom',
    id: 'feed',
    tag: 'embeds',
    summary: 'Incidents as an Atom feed',
    parameters: z.strictObject({}),
    keepSeconds: 60,
    answer: Feed,
    rendering: ATOM,
    handle: async (_, { incidents, writer }) =>
      feedOf(await incidents.incidents({ limit: ENTRIES }), {
        writer,
        path: '/incidents.atom',
        title: 'Incidents of inference providers',
      }),
  }),
  route({
    path: '/providers/{id}/incidents.atom',
    id: 'provider_feed',
    tag: 'embeds',
    summary: 'Incidents of one provider as an Atom feed',
    parameters: z.strictObject({ id: given.provider }),
    keepSeconds: 60,
    answer: Feed,
    rendering: ATOM,
    handle: async ({ id }, { knowledge, incidents, writer }) => {
      const found = await incidents.incidents({ provider: id, limit: ENTRIES });
      const isKnown =
        found.length > 0 ||
        knowledge.board().some(({ endpoints }) => endpoints.some(({ provider }) => provider === id));
      return isKnown
        ? feedOf(found, {
            writer,
            path: `/providers/${encodeURIComponent(id)}/incidents.atom`,
            title: `Incidents of ${id}`,
          })
        : null;
    },
  }),
  route({
    path: '/card/{org}/{name}.png',
    id: 'card',
    tag: 'embeds',
    summary: 'Whom to use for a model, as a picture for those who link to it (1200 × 630)',
    parameters: z.strictObject({ org: given.org, name: given.name }),
    keepSeconds: BADGE_SECONDS,
    restsOnKnowledge: true,
    answer: z.object({ now: Moment, content: ModelContent }),
    rendering: { type: 'image/png', text: ({ now, content }) => cardPng(cardSvg(content, Date.parse(now))) },
    handle: async (asked, parts) => {
      const content = await modelContent(QUESTION.parse(asked), parts, readingFor('card', parts));
      return content.model === null ? null : { now: iso(parts.knowledge.nowMs()), content };
    },
  }),
  route({
    path: '/incidents/{org}/{name}.atom',
    id: 'model_feed',
    tag: 'embeds',
    summary: 'Incidents of one model as an Atom feed',
    parameters: z.strictObject({ org: given.org, name: given.name }),
    keepSeconds: 60,
    answer: Feed,
    rendering: ATOM,
    handle: async ({ org, name }, { knowledge, incidents, writer }) => {
      const modelId = `${org}/${name}`;
      const found = await incidents.incidents({ modelId, limit: ENTRIES });
      const isKnown = found.length > 0 || knowledge.board().some((model) => model.modelId === modelId);
      return isKnown
        ? feedOf(found, { writer, path: `/incidents/${modelId}.atom`, title: `Incidents of ${modelId}` })
        : null;
    },
  }),
  route({
    ...BADGE,
    path: '/badge/{org}/{name}/{provider}.svg',
    id: 'badge',
    summary: 'A badge of one target as SVG',
    answer: BadgeSource,
    rendering: { type: 'image/svg+xml; charset=utf-8', text: badgeSvg },
  }),
  route({
    ...BADGE,
    path: '/badge/{org}/{name}/{provider}.json',
    id: 'shields_badge',
    summary: 'A badge of one target for Shields',
    answer: Badge,
  }),
];

function badge(
  { org, name, provider, metric }: z.output<(typeof BADGE)['parameters']>,
  { knowledge }: WebParts,
): unknown {
  const model = knowledge.model(`${org}/${name}`, given.windowOf({ since: BADGE_WINDOW }, knowledge.nowMs(), 7));
  const endpoint = model?.endpoints.find((each) => each.provider === provider);
  return endpoint === undefined ? null : badgeOf(endpoint, metric);
}
