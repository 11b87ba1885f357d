import { z } from 'zod';
import type { Remark } from '../../domain/incident.ts';
import { visible } from '../../lib/visible.ts';
import { inData } from '../data-names.ts';
import * as given from '../parameters.ts';
import { type Route, route, type WebParts } from '../route.ts';
import { ProbeAsked } from '../schemas/answers.ts';
import { OperatedIncident } from '../schemas/incidents.ts';

type Remarked = 'acknowledge' | 'silence';

const ADMINISTRATION = { tag: 'administration', keepSeconds: 0 } as const;

const remark = (verb: Remarked, summary: string) =>
  route({
    ...ADMINISTRATION,
    method: 'post',
    path: `/api/v1/admin/incidents/{id}/${verb}`,
    id: verb,
    summary,
    parameters: z.strictObject({ id: given.id }),
    body: z.strictObject({ reason: given.reason }),
    answer: OperatedIncident,
    handle: ({ id }, parts, { reason }) =>
      say(verb, id, { atMs: parts.clock.nowMs(), reason: visible(parts.redact(reason)) }, parts),
  });

const takeBack = (verb: Remarked, summary: string) =>
  route({
    ...ADMINISTRATION,
    method: 'delete',
    path: `/api/v1/admin/incidents/{id}/${verb}`,
    id: `take_back_${verb}`,
    summary,
    parameters: z.strictObject({ id: given.id }),
    answer: OperatedIncident,
    handle: ({ id }, parts) => say(verb, id, null, parts),
  });

export const ADMINISTRATION_ROUTES: readonly Route[] = [
  remark('acknowledge', 'Somebody looks after it; the reason is published'),
  takeBack('acknowledge', 'Nobody looks after it after all'),
  remark('silence', 'No alert is sent about it any more'),
  takeBack('silence', 'Alerts are sent about it again'),
  route({
    ...ADMINISTRATION,
    method: 'post',
    path: '/api/v1/admin/probes',
    id: 'probe_now',
    summary: 'Ask a target now, beside the schedule',
    parameters: z.strictObject({}),
    body: z.strictObject({ model: given.model, provider: given.provider }),
    answer: ProbeAsked,
    statuses: [202],
    handle: async (_, { probeNow }, { model: modelId, provider }) =>
      (await probeNow({ modelId, provider })) ? { model_id: modelId, provider } : null,
  }),
];

async function say(
  verb: Remarked,
  id: string,
  remarked: Remark | null,
  { incidents, log }: WebParts,
): Promise<unknown> {
  if (!(await incidents[verb](id, remarked))) return null;
  log.info({ incident: id, takenBack: remarked === null }, `incident: ${verb}`);
  return inData(await incidents.incident(id));
}
