import { z } from 'zod';
import type { WebParts } from '../../route.ts';
import { ProviderVerdict } from '../../schemas/answers.ts';
import { Incident } from '../../schemas/incidents.ts';
import { Count } from '../../schemas/schema.ts';
import { happenedAt, providerOf } from '../../summaries.ts';
import { WHAT_HAPPENED } from '../events.tsx';
import type { Read } from '../page.tsx';
import { RELIABILITY, Reliability, reliabilityOf } from '../reliability.tsx';

export const ProviderContent = z.object({
  /** What happened null: it could not be read. */
  verdict: ProviderVerdict.extend({
    open_incidents: Count.nullable(),
    incidents: z.array(Incident).nullable(),
  }),
  reliability: Reliability,
});
export type ProviderContent = z.output<typeof ProviderContent>;
export type Verdict = ProviderContent['verdict'];
export type Endpoint = Verdict['endpoints'][number];

/** Null: there is no such provider. */
export async function providerContent(provider: string, parts: WebParts, read: Read): Promise<unknown> {
  const happened = await read(WHAT_HAPPENED, () => happenedAt(provider, parts), null);
  const verdict = providerOf(provider, parts, happened);
  if (verdict === null) return null;
  const reliability = await read(RELIABILITY, () => reliabilityOf(parts.knowledge, new Set([provider])), []);
  return { verdict, reliability };
}
