import type { Redact } from '../lib/redact.ts';
import type { Facts } from '../observe/report/report.ts';
import { inData } from '../web/data-names.ts';
import { createPublisher } from '../web/publish.ts';
import { Incident } from '../web/schemas/incidents.ts';
import { Comparison, ModelVerdict } from '../web/schemas/verdicts.ts';

/** One line per incident, model and comparison, as the API gives them; `line` says which. */
export function* reportLines({ incidents, models, comparisons }: Facts, redact: Redact): Iterable<string> {
  const publish = createPublisher(redact);
  const lineOf = (line: string, value: object) => `${JSON.stringify({ line, ...value })}\n`;
  for (const incident of incidents) yield lineOf('incident', publish(Incident, inData(incident)));
  for (const model of models) {
    yield lineOf('model', publish(ModelVerdict, inData(model)));
    for (const each of comparisons.get(model.modelId) ?? [])
      yield lineOf('comparison', publish(Comparison, inData(each)));
  }
}
