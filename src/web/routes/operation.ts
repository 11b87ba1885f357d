import { z } from 'zod';
import { readinessOf } from '../readiness.ts';
import { type Route, route } from '../route.ts';
import { Alive, Readiness } from '../schemas/answers.ts';

const OPERATION = { tag: 'operation', keepSeconds: 0, parameters: z.strictObject({}) } as const;

export const OPERATION_ROUTES: readonly Route[] = [
  route({
    ...OPERATION,
    path: '/healthz',
    id: 'alive',
    summary: 'Does it answer?',
    unlimited: true,
    answer: Alive,
    handle: () => ({ alive: true }),
  }),
  route({
    ...OPERATION,
    path: '/readyz',
    id: 'ready',
    summary: 'Does it do its work? 503 says what does not',
    unlimited: true,
    answer: Readiness,
    statuses: [200, 503],
    status: ({ ready }) => (ready ? 200 : 503),
    handle: async (_, { health, backlogLimitMs, clock }) => readinessOf(await health(), backlogLimitMs, clock.nowMs()),
  }),
  route({
    ...OPERATION,
    path: '/metrics',
    id: 'metrics',
    summary: 'For Prometheus',
    answer: z.string(),
    rendering: { type: 'text/plain; version=0.0.4; charset=utf-8', text: (page) => page },
    handle: async (_, { metrics, health, incidents, clock }) => metrics.text(await health(), incidents, clock.nowMs()),
  }),
];
