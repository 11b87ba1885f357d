import type { Feature } from '../../domain/verdict.ts';
import { type Random, seededRandom } from '../../lib/random.ts';
import { oneRouterModel, routerModels } from '../catalogue.ts';
import type { Conditions } from '../conditions.ts';
import { hex } from '../dice.ts';
import { type Answer, json } from '../http/answer.ts';
import { type Ending, type Exchange, type Handler, reply } from '../http/server.ts';
import type { JournalKeeper } from '../journal.ts';
import { CACHED_TTFT, habitsOf, mishapOf, type Provider } from '../providers.ts';
import type { Script } from '../script.ts';
import { conditionsAt, type Story } from '../story.ts';
import { tokenOf } from '../token.ts';
import { isAskable, type Lie, type Offer, type SimModel, type Universe } from '../universe.ts';
import { type Draft, draftReply, promptTokens } from './draft.ts';
import type { Fault } from './fault.ts';
import { applyFault } from './faults.ts';
import { perform } from './perform.ts';
import { type ChatQuestion, modelNotSupported, readQuestion } from './question.ts';
import { speak } from './speech.ts';
import { heardBy } from './wishes.ts';

/** Whose requests a fault is for; what is left out matches all. */
export interface ChatTarget {
  readonly provider?: string;
  readonly modelId?: string;
}

export interface RouterParts {
  readonly universe: Universe;
  readonly seed: number;
  readonly pace: number;
  readonly lies: readonly Lie[];
  readonly script: Script<ChatTarget, Fault>;
  /** Null: nothing is planted. */
  readonly story: Story | null;
  readonly keeper: JournalKeeper;
  /** Answers the `/v1/models` endpoints, faults of the catalogue included. */
  readonly catalogue: (
    exchange: Exchange,
    endpoint: 'router-models' | 'router-model',
    answer: () => Answer,
  ) => Promise<Ending>;
}

interface Target {
  readonly provider: Provider;
  readonly model: SimModel;
  readonly offer: Offer;
}

const WORLD_BEGAN_SECONDS = 1_785_000_000;
/** Only a long prompt is worth a cache. */
const LONG_PROMPT_TOKENS = 1024;

/** The router: its list of models, one chat path per provider, and the unified one. */
export function createRouter(parts: RouterParts): Handler {
  const { universe, keeper, script, pace, seed, story } = parts;
  /** Requests seen per target: each has its own stream of chance, whatever happens to the others. */
  const seen = new Map<string, number>();
  /** Prompts that a target has read before. */
  const read = new Set<string>();

  const chat = async (
    exchange: Exchange,
    providerName: string | null,
    providerModelId: string | null,
  ): Promise<Ending> => {
    const { request } = exchange;
    const refuse = (answer: Answer) => {
      keeper.note('router', 'chat', request);
      return reply(exchange, answer);
    };
    const token = tokenOf(request);
    if (token === null) return refuse(json({ error: 'Invalid credentials in Authorization header' }, 401));
    const question = readQuestion(request);
    if (!('prompt' in question)) return refuse(question);
    const target =
      providerName === null
        ? unifiedTarget(universe, question.model)
        : ownTarget(universe, providerName, providerModelId ?? question.model);
    if ('status' in target) return refuse(target);

    const subject = { provider: target.provider.name, modelId: target.model.id };
    keeper.note('router', 'chat', request, subject);
    using _underWay = keeper.enter({ provider: subject.provider, headers: request.headers });
    const key = `${seed} ${subject.provider} ${subject.modelId}`;
    const count = (seen.get(key) ?? 0) + 1;
    seen.set(key, count);
    const random = seededRandom(`${key} ${count}`);

    const conditions = conditionsAt(story, subject.provider, subject.modelId, Date.now());
    const spontaneous = mishapOf(target.provider, conditions, random);
    const fault = script.take(subject) ?? spontaneous;
    const prompt = `${key} ${question.prompt}`;
    const told = parts.lies.filter((lie) => lie.provider === subject.provider && lie.modelId === subject.modelId);
    const features = told.map(({ feature }) => feature);
    const drafts = compose(target, question, fault, random, { conditions, count, features, isKnown: read.has(prompt) });
    read.add(prompt);
    const performance = applyFault(fault, { ...drafts, token, model: question.model, provider: subject.provider });
    return await perform(exchange, performance, pace); // under way until it is over
  };

  const ownPaths = [...universe.providers.values()].map(({ name, path }) => {
    const [before, after] = path.split('{providerId}').map(RegExp.escape);
    return { name, pattern: new RegExp(after === undefined ? `^${before}$` : `^${before}(.+)${after}$`) };
  });

  return async (exchange) => {
    const { method, path } = exchange.request;
    if (path === '/v1/models' && method === 'GET') {
      return parts.catalogue(exchange, 'router-models', () => routerModels(universe));
    }
    if (path.startsWith('/v1/models/') && method === 'GET') {
      return parts.catalogue(exchange, 'router-model', () =>
        oneRouterModel(universe, path.slice('/v1/models/'.length)),
      );
    }
    const own = ownPaths.find(({ pattern }) => pattern.test(path));
    const isChat = path === '/v1/chat/completions' || own !== undefined;
    if (isChat && method === 'POST') return chat(exchange, own?.name ?? null, own?.pattern.exec(path)?.[1] ?? null);
    keeper.note('router', 'unknown', exchange.request);
    if (path === '/') return reply(exchange, json({ simulated: 'router' }));
    if (isChat) return reply(exchange, json({ error: 'Method not allowed' }, 405, { allow: 'POST' }));
    return reply(exchange, json({ error: 'Not Found' }, 404));
  };
}

function unifiedTarget({ models, providers }: Universe, asked: string): Target | Answer {
  const [id, wanted] = asked.split(':');
  const model = models.find((candidate) => candidate.id === id);
  const offer = model?.offers.find((one) => isAskable(model, one) && (wanted === undefined || one.provider === wanted));
  const provider = offer && providers.get(offer.provider);
  return model && offer && provider ? { model, offer, provider } : modelNotSupported.object(asked);
}

function ownTarget({ models, providers }: Universe, name: string, providerModelId: string): Target | Answer {
  const provider = providers.get(name);
  if (!provider) return json({ error: 'Not Found' }, 404);
  for (const model of models) {
    const offer = model.offers.find((one) => one.provider === name && one.providerId === providerModelId);
    if (offer && isAskable(model, offer)) return { model, offer, provider };
  }
  return modelNotSupported.string(name);
}

/** What a reply depends on besides the question. */
interface Moment {
  readonly conditions: Conditions;
  readonly count: number;
  /** What it lies about. */
  readonly features: readonly Feature[];
  /** It has read this prompt before. */
  readonly isKnown: boolean;
}

function compose(
  { provider, model, offer }: Target,
  question: ChatQuestion,
  fault: Fault,
  random: Random,
  { conditions, count, features, isKnown }: Moment,
): { draft: Draft; plain: Draft } {
  const natural = {
    ...habitsOf(provider, model, offer.providerId, random, conditions),
    ...(fault.kind === 'reply' && fault.habits),
  };
  const claimsCache = features.includes('cache');
  const isFaster =
    isKnown && !claimsCache && natural.tellsCached && promptTokens(question, natural) >= LONG_PROMPT_TOKENS;
  const habits = {
    ...natural,
    tellsCached: natural.tellsCached || claimsCache,
    ttftMs: natural.ttftMs * (isFaster ? CACHED_TTFT : 1),
  };
  const style = { ...habits, reasons: habits.reasoning !== 'none', maxTokens: question.maxTokens };
  const wishes = heardBy(features, question.wishes);
  const chance = wishes.seed === null ? random : seededRandom(`${model.id} ${wishes.seed}`);
  const speech = speak(question.prompt, style, chance, wishes);
  const stamp = {
    id: `chatcmpl-${hex(random, 24)}`,
    requestId: `Root=1-${hex(random, 8)}-${hex(random, 24)}`,
    createdSeconds: WORLD_BEGAN_SECONDS + count,
    fingerprint: `fp_${provider.name}`,
    cached: isKnown || claimsCache,
  };
  const plain = draftReply({ ...question, stream: false }, speech, habits, stamp);
  return { draft: question.stream ? draftReply(question, speech, habits, stamp) : plain, plain };
}
