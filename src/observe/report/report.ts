import type { Incident } from '../../domain/incident.ts';
import type { Comparison, ModelVerdict, Recommendation } from '../../domain/verdict.ts';
import { formatCount } from '../../lib/format.ts';
import { counted, names } from '../../lib/lists.ts';
import { moment, stretch } from '../../lib/moments.ts';
import type { Window } from '../../ports.ts';
import { type Block, type Document, heading, paragraph, type Said } from './document.ts';
import {
  changeSentence,
  claimSentence,
  comparisonSentence,
  featureSentences,
  flagSentences,
  incidentSentence,
  policySentence,
  recommendationSentences,
  staleSentence,
  standing,
  stateSentence,
} from './sentences.ts';
import { auditTable, comparisonTable, featureTable, inOrder, reliabilityTable, valueTable } from './tables.ts';
import { GOAL_WORDS } from './words.ts';

/** What a report tells of. */
export interface Facts {
  readonly nowMs: number;
  readonly window: Window;
  /** How often everybody is asked. */
  readonly intervalMs: number;
  readonly models: readonly ModelVerdict[];
  /** Of the window, newest first. */
  readonly incidents: readonly Incident[];
  /** From where it is seen, and what another place sees otherwise; absent where there is only one. */
  readonly places?: {
    readonly location: string;
    readonly others: readonly string[];
    readonly differing: readonly string[];
  };
  /** By model: whom it recommends (`a`) against each other one (`b`). */
  readonly comparisons: ReadonlyMap<string, readonly Comparison[]>;
}

/** The sentences, then the tables that prove them. */
export function reportOf(facts: Facts): Document {
  const { nowMs, window, intervalMs, models, incidents, places } = facts;
  const stale = staleSentence(models, intervalMs, nowMs);
  const seen = Math.max(...models.map(({ sinceMs }) => sinceMs));
  const blocks: Block[] = [
    paragraph({
      text: `${stretch(window.sinceMs, window.untilMs, nowMs)}; ${counted(models.length, 'model')}.${
        seen > window.sinceMs ? ` Verdicts look back to ${moment(seen, nowMs)} at most.` : ''
      }`,
      tone: 'quiet',
    }),
    ...(stale === null ? [] : [paragraph(stale)]),
    ...(places === undefined ? [] : [paragraph({ text: seenFrom(places), tone: 'quiet' })]),
    heading(2, 'What is going on'),
    paragraph(standing(models)),
    ...(places?.differing ?? []).map((text) => paragraph({ text, tone: 'bad' })),
    heading(2, 'What happened'),
    list(
      incidents.map((incident) => incidentSentence(incident, nowMs)),
      'No incident in this time.',
    ),
    ...models.flatMap((model) => modelBlocks(model, facts)),
  ];
  const subject = models.length === 1 ? models[0]!.modelId : 'Inference providers';
  return { title: `${subject}: report of ${new Date(nowMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`, blocks };
}

const seenFrom = ({ location, others }: NonNullable<Facts['places']>) =>
  `All of it is seen from ${location}. For ${names(others)}: --location.`;

function modelBlocks(model: ModelVerdict, { nowMs, window, comparisons }: Facts): readonly Block[] {
  const { endpoints } = model;
  const balanced = recommendationFor(model);
  const ordered = inOrder(model, balanced);
  const compared = comparisons.get(model.modelId) ?? [];
  const troubled = endpoints.filter(({ state }) => state.state !== 'healthy' && state.state !== 'no_data');
  const changes = endpoints.flatMap(({ provider, changes: found }) =>
    found.filter(({ atMs }) => atMs >= window.sinceMs).map((change) => changeSentence(provider, change, nowMs)),
  );
  const replies = endpoints.reduce((sum, { ttftMs }) => sum + ttftMs.n, 0);
  const tables = [
    reliabilityTable(ordered),
    valueTable(ordered),
    featureTable(ordered),
    comparisonTable(compared),
    auditTable(ordered),
  ];
  return [
    heading(2, model.modelId),
    ...(isOut(model) ? [paragraph({ text: 'No provider is answering as it should.', tone: 'bad' })] : []),
    heading(3, 'Which provider?'),
    list(
      balanced === null
        ? []
        : [
            ...recommendationSentences(balanced),
            ...againstRunnerUp(balanced, compared),
            ...otherGoals(model, balanced),
          ],
      'Too little data to recommend anybody.',
    ),
    ...part(
      'Is it down, or slow?',
      troubled.map((endpoint) => stateSentence(endpoint, nowMs)),
    ),
    heading(3, 'What changed?'),
    list(changes, `No change we can tell from noise (n = ${formatCount(replies)}).`),
    ...part('Features that fail', endpoints.flatMap(featureSentences)),
    heading(3, 'Is it the same model?'),
    list(
      endpoints.flatMap((endpoint) => flagSentences(endpoint, nowMs)),
      `Nothing seen that another model would explain (n = ${formatCount(replies)}).`,
    ),
    ...part('Do the claims hold?', [
      ...model.policies.map(policySentence),
      ...endpoints.flatMap(({ provider, claims }) => claims.flatMap((claim) => claimSentence(provider, claim) ?? [])),
    ]),
    ...tables.filter((table) => table !== null),
  ];
}

/** Of some something is known, and nothing good. */
function isOut({ endpoints }: ModelVerdict): boolean {
  const known = endpoints.flatMap(({ state }) => (state.state === 'no_data' ? [] : state.state));
  return known.length > 0 && known.every((state) => state !== 'healthy' && state !== 'slow');
}

export const recommendationFor = ({ recommendations }: ModelVerdict): Recommendation | null =>
  recommendations.find(({ goal }) => goal === 'balanced') ?? null;

function againstRunnerUp({ runnerUp }: Recommendation, compared: readonly Comparison[]): readonly Said[] {
  const found = compared.find(
    ({ b, metric, ratio }) => b.provider === runnerUp && metric === 'ttftMs' && ratio !== null,
  );
  return found === undefined ? [] : [{ text: comparisonSentence(found) }];
}

/** Whom to use where something else matters most; said only where it is somebody else. */
function otherGoals({ recommendations }: ModelVerdict, balanced: Recommendation): readonly Said[] {
  const others = recommendations.filter(
    ({ goal, provider }) => goal !== 'balanced' && provider !== null && provider !== balanced.provider,
  );
  if (others.length === 0) return [];
  return [
    { text: `By another goal: ${others.map(({ goal, provider }) => `${provider} (${GOAL_WORDS[goal]})`).join(', ')}.` },
  ];
}

const list = (items: readonly Said[], none: string): Block =>
  items.length > 0 ? { kind: 'list', items } : paragraph({ text: none, tone: 'quiet' });

const part = (title: string, items: readonly Said[]): readonly Block[] =>
  items.length > 0 ? [heading(3, title), { kind: 'list', items }] : [];
