import type { State } from '../../domain/verdict.ts';
import { counted, names } from '../../lib/lists.ts';
import { failsOften, type Tone } from '../words.ts';

interface Told {
  readonly model_id: string;
  readonly provider: string;
  readonly state: { readonly state: State };
  readonly availability: Parameters<typeof failsOften>[0]['availability'];
}

/** A sentence whose first words may carry a tone. */
export interface Headline {
  readonly subject: string;
  readonly tone: Tone;
  readonly rest: string;
}

const ANSWERING: ReadonlySet<State> = new Set(['healthy', 'slow']);
const UNJUDGED: ReadonlySet<State> = new Set(['no_data', 'delisted']);
/** More are counted instead of named. */
const MOST_NAMED = 3;

export const isAnswering = ({ state }: Told) => ANSWERING.has(state.state);
const isDown = ({ state }: Told) => state.state === 'down';
/** Somebody knows how it is. */
export const isJudged = ({ state }: Told) => !UNJUDGED.has(state.state);

/** What is going on over all endpoints, in a sentence or two. */
export function standingOf(endpoints: readonly Told[]): readonly Headline[] {
  const judged = endpoints.filter(isJudged);
  const providers = [...Map.groupBy(judged, ({ provider }) => provider)];
  const down = providers.filter(([, own]) => own.some(isDown));
  if (judged.length === 0)
    return [{ subject: '', tone: 'quiet', rest: 'There is too little recent data to say who is answering.' }];
  if (!judged.some(isAnswering)) return [{ subject: 'No provider', tone: 'bad', rest: ' is answering.' }];

  const others = providers.filter(([provider]) => !down.some(([each]) => each === provider));
  const answering = others.filter(([, own]) => own.some(isAnswering));
  if (down.length === 0)
    return [othersAnswer(others.length, answering.length, false), ...slowness(judged), ...frailty(judged)];
  const rest = others.length === 0 ? [] : [othersAnswer(others.length, answering.length, true)];
  return [...nobodyFor(judged), failing(down), ...rest];
}

/** Models for which nobody answers, though somebody should. */
function nobodyFor(judged: readonly Told[]): readonly Headline[] {
  const models = [...Map.groupBy(judged, ({ model_id }) => model_id)]
    .filter(([, own]) => own.length > 1 && own.every(isDown))
    .map(([modelId]) => shortName(modelId));
  return models.length === 0
    ? []
    : [{ subject: 'Nobody', tone: 'bad', rest: ` answers for ${names(models, MOST_NAMED)}.` }];
}

function failing(down: readonly (readonly [string, readonly Told[]])[]): Headline {
  const [first, ...more] = down;
  if (down.length > MOST_NAMED) {
    return { subject: counted(down.length, 'provider'), tone: 'bad', rest: ' are down on at least one model.' };
  }
  const others = more.map(([provider, own]) => `, ${provider} ${extent(own)}`).join('');
  return {
    subject: `${first![0]} is down`,
    tone: 'bad',
    rest: `${ofAll(first![1]) ? '' : ` ${extent(first![1])}`}${others}.`,
  };
}

const ofAll = (own: readonly Told[]) => own.length === 1;
const extent = (own: readonly Told[]) => `on ${own.filter(isDown).length} of ${counted(own.length, 'model')}`;

function othersAnswer(others: number, answering: number, areOthers: boolean): Headline {
  const word = areOthers ? 'other ' : '';
  const rest =
    others === 1 && answering === 1
      ? `The ${word || 'only '}provider is answering.`
      : others === answering
        ? `${areOthers ? 'The other' : 'All'} ${counted(others, 'provider')} are answering.`
        : `${answering} of ${areOthers ? 'the other ' : ''}${counted(others, 'provider')} ${answering === 1 ? 'is' : 'are'} answering.`;
  return { subject: '', tone: 'quiet', rest };
}

function slowness(judged: readonly Told[]): readonly Headline[] {
  const slow = judged.filter(({ state }) => state.state === 'slow');
  const providers = [...new Set(slow.map(({ provider }) => provider))];
  if (slow.length === 0) return [];
  const where = slow.length === 1 ? ` on ${shortName(slow[0]!.model_id)}` : '';
  const rest =
    providers.length === 1 ? `${where || ` on ${counted(slow.length, 'model')}`}.` : ' on at least one model.';
  const subject =
    providers.length > MOST_NAMED
      ? `${counted(providers.length, 'provider')} are slow`
      : `${names(providers)} ${providers.length === 1 ? 'is' : 'are'} slow`;
  return [{ subject, tone: 'warning', rest }];
}

/** Who answers now, and certainly failed too often within a day. */
function frailty(judged: readonly Told[]): readonly Headline[] {
  const frail = judged.filter(failsOften);
  const providers = [...new Set(frail.map(({ provider }) => provider))];
  if (providers.length === 0) return [];
  if (providers.length > MOST_NAMED)
    return [{ subject: `${providers.length} providers`, tone: 'warning', rest: ' fail often.' }];
  const where = frail.length === 1 ? ` on ${shortName(frail[0]!.model_id)}` : '';
  return [
    {
      subject: `${names(providers)} ${providers.length === 1 ? 'fails' : 'fail'} often`,
      tone: 'warning',
      rest: `${where}.`,
    },
  ];
}

/** One provider over all its models. */
export function standingOfProvider(provider: string, endpoints: readonly Told[]): Headline {
  const judged = endpoints.filter(isJudged);
  const count = (is: (endpoint: Told) => boolean) => judged.filter(is).length;
  const [down, answering] = [count(isDown), count(isAnswering)];
  const slow = count(({ state }) => state.state === 'slow');
  const on = (some: number) =>
    `on ${some === judged.length && some > 1 ? 'all ' : some === judged.length ? '' : `${some} of `}${counted(judged.length, 'model')}`;
  if (judged.length === 0) return { subject: provider, tone: 'quiet', rest: ' has no recent data.' };
  if (down > 0) return { subject: `${provider} is down`, tone: 'bad', rest: ` ${on(down)}.` };
  if (slow > 0) return { subject: `${provider} is slow`, tone: 'warning', rest: ` ${on(slow)}.` };
  const frail = count(failsOften);
  if (frail > 0) return { subject: `${provider} fails often`, tone: 'warning', rest: ` ${on(frail)}.` };
  if (answering === judged.length) return { subject: provider, tone: 'quiet', rest: ` answers ${on(answering)}.` };
  return { subject: provider, tone: 'quiet', rest: ` answers ${on(answering)}; the rest limits or refuses us.` };
}

/** `Thinker-7B` of `acme/Thinker-7B`. */
export const shortName = (modelId: string) => modelId.slice(modelId.indexOf('/') + 1);
