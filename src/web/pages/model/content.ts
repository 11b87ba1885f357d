import { z } from 'zod';
import { GOALS } from '../../../domain/verdict.ts';
import { closestTo } from '../../../lib/edit-distance.ts';
import { inData } from '../../data-names.ts';
import type { WebParts } from '../../route.ts';
import { History } from '../../schemas/answers.ts';
import { Text } from '../../schemas/schema.ts';
import { ModelVerdict, Recommendation } from '../../schemas/verdicts.ts';
import { DAYS_SHOWN, ofNinetyDays } from '../days-shown.ts';
import { ASKED_NEEDS, type AskedNeeds, hasNeeds, NOTHING_NEEDED, needsOf } from '../needs.tsx';
import type { Read } from '../page.tsx';
import { Asked, askedOf, type Question, windowUntilNow } from './question.ts';

export const ModelContent = z.object({
  model_id: Text,
  asked: Asked,
  /** Null: nothing is known of it. */
  model: ModelVerdict.nullable(),
  /** For each goal, under what is needed. */
  recommendations: z.array(Recommendation),
  /** Daily first tokens of ninety days. */
  histories: z.array(z.object({ provider: Text, points: History.shape.points })),
  closest: z.array(Text),
  /** Where nobody fits: what to need instead, and who fits then. */
  looser: z.object({ needs: z.object(ASKED_NEEDS), provider: Text }).nullable(),
});
export type ModelContent = z.output<typeof ModelContent>;
export type Endpoint = NonNullable<ModelContent['model']>['endpoints'][number];
export type Recommended = ModelContent['recommendations'][number];

export async function modelContent(
  question: Question,
  { knowledge }: WebParts,
  read: Read,
): Promise<{ readonly model: unknown; readonly [name: string]: unknown }> {
  const modelId = `${question.org}/${question.name}`;
  const asked = askedOf(question);
  const window = windowUntilNow(asked.since, knowledge.nowMs());
  const model = knowledge.model(modelId, window);
  if (model === null) {
    const known = knowledge.board().map((each) => each.modelId);
    return { ...NOTHING, model_id: modelId, asked, closest: closestTo(modelId, known) };
  }
  const recommendations = hasNeeds(asked)
    ? GOALS.map((goal) => knowledge.recommend(modelId, goal, needsOf(asked), window))
    : model.recommendations;
  const histories = await ofNinetyDays(read, knowledge.nowMs(), (days) =>
    knowledge.histories(modelId, 'ttftMs', days, DAYS_SHOWN),
  );
  return {
    ...NOTHING,
    model_id: modelId,
    asked,
    model: inData(model),
    recommendations: inData(recommendations.filter((each) => each !== null)),
    looser: recommendations.some((each) => each?.goal === asked.goal && each.provider !== null)
      ? null
      : looserThan(asked, model.endpoints, (needs) => knowledge.recommend(modelId, asked.goal, needsOf(needs), window)),
    histories: [...histories].map(([provider, points]) => ({ provider, points: inData(points) })),
  };
}

const NOTHING = { model: null, recommendations: [], histories: [], closest: [], looser: null };

/** The needs nearest to these under which there is somebody: less context, one need less, none at all. */
function looserThan(
  asked: Asked,
  endpoints: readonly { readonly contextLength: number | null }[],
  recommend: (needs: AskedNeeds) => { readonly provider: string | null } | null,
): { readonly needs: AskedNeeds; readonly provider: string } | null {
  if (!hasNeeds(asked)) return null;
  const { tools, structured_output, context_length } = asked;
  const needs = { tools, structured_output, context_length };
  const shorter = endpoints
    .map(({ contextLength }) => contextLength ?? 0)
    .filter((tokens) => context_length !== null && tokens > 0 && tokens < context_length);
  const ways: readonly AskedNeeds[] = [
    ...(shorter.length > 0 ? [{ ...needs, context_length: Math.max(...shorter) }] : []),
    ...(context_length !== null ? [{ ...needs, context_length: null }] : []),
    ...(structured_output ? [{ ...needs, structured_output: false }] : []),
    ...(tools ? [{ ...needs, tools: false }] : []),
    NOTHING_NEEDED,
  ];
  for (const way of ways) {
    const provider = recommend(way)?.provider;
    if (provider != null) return { needs: way, provider };
  }
  return null;
}
