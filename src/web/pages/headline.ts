import type { z } from 'zod';
import { counted } from '../../lib/lists.ts';
import { change } from '../charts/words.ts';
import type { Incident } from '../schemas/incidents.ts';
import { causeWords, KIND_LOOKS } from '../words.ts';
import { type Headline, shortName } from './standing.ts';

type Told = z.output<typeof Incident>;

/** What happened in one line; figures and proof are on the incident's page. */
export function headlineOf(incident: Told): Headline {
  const { kind, scope, provider, model_id, ended_at } = incident;
  const tone = ended_at === null ? KIND_LOOKS[kind].tone : 'quiet';
  const isOver = ended_at !== null;
  const where = model_id === null ? '' : ` on ${shortName(model_id)}`;
  const subject = provider ?? (model_id === null ? '' : shortName(model_id));
  switch (kind) {
    case 'outage':
      return outageOf(incident, tone);
    case 'slow':
      return { subject, tone, rest: ` ${isOver ? 'was' : 'is'} slow${where}` };
    case 'change':
      return { subject, tone, rest: ` changed${where}` };
    case 'different_model':
      return {
        subject,
        tone,
        rest: ` may serve something other than ${shortName(model_id ?? '')}`,
      };
    case 'feature_fails':
      return {
        subject,
        tone,
        rest: ` advertises ${causeWords(incident.cause ?? 'a feature')} that ${isOver ? 'failed' : 'fail'}${where}`,
      };
    case 'account':
      if (scope === 'us')
        return { subject: 'Our account', tone, rest: `, not them: we ${isOver ? 'were' : 'are'} refused` };
      return { subject, tone, rest: ` ${isOver ? 'refused' : 'refuses'} a token that others accept` };
    default:
      return kind satisfies never;
  }
}

function outageOf({ scope, provider, model_id, endpoints, ended_at }: Told, tone: Headline['tone']): Headline {
  const is = ended_at === null ? 'is' : 'was';
  const model = model_id === null ? '' : shortName(model_id);
  switch (scope) {
    case 'endpoint':
      return { subject: provider ?? '', tone, rest: ` ${is} down on ${model}` };
    case 'provider':
      return { subject: provider ?? '', tone, rest: ` ${is} down on ${endpoints.length} of its models` };
    case 'model':
      return { subject: model, tone, rest: ` ${is} down at ${counted(endpoints.length, 'provider')}` };
    case 'router':
      return { subject: 'The router', tone, rest: ` ${is} down` };
    case 'us':
      return { subject: 'We', tone, rest: ` may ${ended_at === null ? 'be' : 'have been'} offline` };
    default:
      return scope satisfies never;
  }
}

/** What is known of it in a few words: the cause, and by how much. */
export function detailOf({ cause, figures: { ratio, failures, n } }: Told): string {
  const what = cause === null ? '' : causeWords(cause);
  if (ratio !== undefined) return `${what} ${change(ratio)}`.trim();
  return failures === undefined || n === undefined ? what : `${what}${what === '' ? '' : ', '}${failures} of ${n}`;
}
