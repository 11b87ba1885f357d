import type { AttemptRecord } from '../domain/record.ts';
import { seededRandom } from '../lib/random.ts';
import { hex } from './dice.ts';
import type { Answer } from './http/answer.ts';
import { type Exchange, serve } from './http/server.ts';
import { answerWith, type HubEndpoint, type HubFault } from './hub/fault.ts';
import { createHub } from './hub/hub.ts';
import { createJournal, type Journal } from './journal.ts';
import { type HistoryOptions, historyOf } from './past/history.ts';
import type { Fault } from './router/fault.ts';
import { type ChatTarget, createRouter } from './router/router.ts';
import { createScript } from './script.ts';
import { askedModels, fromAfar, storyOf } from './story.ts';
import { createUniverse, isAskable, type Lie } from './universe.ts';

/** Large enough for a shard; a chat request is far smaller. */
const HUB_BODY_LIMIT_BYTES = 128 * 1024 * 1024;
const ROUTER_BODY_LIMIT_BYTES = 1024 * 1024;
/** Left out of the mapping, so that the unified route is seen too. */
const UNMAPPED = 'kestrel';
/** Places have chances of their own. */
const SEEDS_APART = 7919;
const REPO = 'simulated-lab/inference-metrics';

export interface WorldOptions {
  /** The same seed, and the same order of requests per target: the same replies. */
  readonly seed: number;
  /** Where dataset repositories are written as `owner/name/…`; without it they stay in memory. */
  readonly folder?: string;
  /** Every simulated delay is multiplied by this; 1 is real time. */
  readonly pace?: number;
  /** What is planted in it: an outage, a slowdown, a swapped model and a lie (story.ts), if any. */
  readonly story?: { readonly nowMs: number };
  /** Features that a provider has not, though it is said to; without it every feature works. */
  readonly lies?: readonly Lie[];
}

/** A Hub, a router and ten providers that do not exist, over real HTTP on loopback. */
export interface World extends AsyncDisposable {
  readonly hubUrl: string;
  readonly routerUrl: string;
  /** May ask the router, and read from the Hub. The router takes any token that begins with `hf_`. */
  readonly token: string;
  /** May write to the Hub, as may any other than `token`. */
  readonly hubToken: string;
  /** A dataset id to write to; the dataset does not exist yet. */
  readonly repo: string;
  /** Settings of a tracker that lives in this world: its tokens, its dataset and where it asks. */
  readonly settings: Readonly<
    Record<'HF_TOKEN' | 'HF_HUB_TOKEN' | 'HF_DATASET_REPO_ID' | 'HF_ENDPOINT' | 'HF_ROUTER_ENDPOINT', string>
  >;
  /** Content of a `provider_mapping.json` for this world. */
  readonly mapping: Readonly<Record<string, string>>;
  /** What a right reading of the catalogue finds: live chat targets of text-generation models, most trending first. */
  readonly targets: readonly {
    readonly modelId: string;
    readonly provider: string;
    readonly providerModelId: string;
  }[];
  readonly requests: Journal;
  /** What a tracker that asks the first few models would have stored of it. */
  history(options: HistoryOptions): Iterable<readonly AttemptRecord[]>;
  /** The same as one would that is somewhere else, the `nth` place (1) besides this; what is ahead is told as well as what was. */
  elsewhere(nth: number, options: HistoryOptions): Iterable<readonly AttemptRecord[]>;
  /** The next `times` (1) chat requests for this target, or for any, meet this instead of chance. */
  script(match: ChatTarget & { readonly times?: number }, fault: Fault): void;
  /** The next `times` (1) requests to this endpoint meet this. */
  hubScript(endpoint: HubEndpoint, fault: HubFault, times?: number): void;
}

/** @throws when a lie is about a target that does not exist */
export async function startWorld({
  seed,
  folder,
  pace = 1,
  lies: told = [],
  story: telling,
}: WorldOptions): Promise<World> {
  const story = telling ? storyOf(createUniverse(seed), seed, telling.nowMs) : null;
  const lies: readonly Lie[] = story?.lie ? [...told, { ...story.lie, feature: 'tool_call' }] : told;
  const universe = createUniverse(seed, lies);
  const keeper = createJournal();
  const chatScript = createScript<ChatTarget, Fault>();
  const endpointScript = createScript<{ readonly endpoint: HubEndpoint }, HubFault>();
  const random = seededRandom(`${seed} tokens`);
  const token = `hf_simReader${hex(random, 24)}`;
  const hubToken = `hf_simWriter${hex(random, 24)}`;
  const answer = (exchange: Exchange, endpoint: HubEndpoint, act: (stale: boolean) => Answer | Promise<Answer>) =>
    answerWith(endpointScript.take({ endpoint }), exchange, pace, act);

  await using opening = new AsyncDisposableStack();
  const routerParts = {
    story,
    universe,
    seed,
    pace,
    lies,
    keeper,
    script: chatScript,
    catalogue: (exchange: Exchange, endpoint: 'router-models' | 'router-model', act: () => Answer) => {
      keeper.note('router', endpoint, exchange.request);
      return answer(exchange, endpoint, act);
    },
  };
  const router = opening.use(await serve(() => createRouter(routerParts), ROUTER_BODY_LIMIT_BYTES));
  const hubParts = { universe, folder: folder ?? null, readToken: token, keeper, answer };
  const hub = opening.use(await serve((hubUrl) => createHub({ ...hubParts, hubUrl }), HUB_BODY_LIMIT_BYTES));
  const servers = opening.move();

  const mapped = [...universe.providers.values()].filter(({ name }) => name !== UNMAPPED);
  const mapping = {
    ...Object.fromEntries(mapped.map(({ name, path }) => [name, `${router.url}${path}`])),
    '*': `${router.url}/v1/chat/completions`,
  };
  const past = { universe, models: askedModels(universe), seed, story, mapping };
  return {
    hubUrl: hub.url,
    routerUrl: router.url,
    token,
    hubToken,
    repo: REPO,
    settings: {
      HF_TOKEN: token,
      HF_HUB_TOKEN: hubToken,
      HF_DATASET_REPO_ID: REPO,
      HF_ENDPOINT: hub.url,
      HF_ROUTER_ENDPOINT: router.url,
    },
    mapping,
    targets: universe.models
      .filter((model) => model.pipelineTag === 'text-generation')
      .flatMap((model) =>
        model.offers
          .filter((offer) => isAskable(model, offer))
          .map((offer) => ({ modelId: model.id, provider: offer.provider, providerModelId: offer.providerId })),
      ),
    requests: keeper.journal,
    history: (options) => historyOf(past, options),
    elsewhere: (nth, options) =>
      historyOf(
        {
          ...past,
          seed: seed + nth * SEEDS_APART,
          story: story && telling ? fromAfar(story, universe, telling.nowMs) : null,
        },
        options,
      ),
    script: ({ provider, modelId, times = 1 }, fault) =>
      chatScript.add({ ...(provider && { provider }), ...(modelId && { modelId }) }, fault, times),
    hubScript: (endpoint, fault, times = 1) => endpointScript.add({ endpoint }, fault, times),
    [Symbol.asyncDispose]: () => servers.disposeAsync(),
  };
}
