import { z } from 'zod';
import { GOALS } from '../../../domain/verdict.ts';
import { closestTo } from '../../../lib/edit-distance.ts';
import { inData } from '../../data-names.ts';
import type { WebParts } from '../../route.ts';
import { History } from '../../schemas/answers.ts';
import { Text } from '../../schemas/schema.ts';
import { ModelVerdict, Recommendation } from '../../schemas/verdicts.ts';
import { lastNinetyDays } from '../days-shown.ts';
import { Asked, askedOf, hasNeeds, needsOf, type Question, windowUntilNow } from './question.ts';

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
});
export type ModelContent = z.output<typeof ModelContent>;
export type Endpoint = NonNullable<ModelContent['model']>['endpoints'][number];
export type Recommended = ModelContent['recommendations'][number];

export async function modelContent(
  question: Question,
  { knowledge }: WebParts,
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
  const histories = await knowledge.histories(modelId, 'ttftMs', lastNinetyDays(knowledge.nowMs()), 90);
  return {
    ...NOTHING,
    model_id: modelId,
    asked,
    model: inData(model),
    recommendations: inData(recommendations.filter((each) => each !== null)),
    histories: [...histories].map(([provider, points]) => ({ provider, points: inData(points) })),
  };
}

const NOTHING = { model: null, recommendations: [], histories: [], closest: [] };
