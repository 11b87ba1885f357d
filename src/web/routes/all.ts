import { z } from 'zod';
import { LOOK_ROUTES } from '../look.ts';
import { openapi } from '../openapi.ts';
import { type Route, route } from '../route.ts';
import { ADMINISTRATION_ROUTES } from './administration.ts';
import { EMBED_ROUTES } from './embeds.ts';
import { OPERATION_ROUTES } from './operation.ts';
import { FIGURE_ROUTES, PAGE_ROUTES } from './pages.ts';
import { RECORD_ROUTES } from './records.ts';
import { VERDICT_ROUTES } from './verdicts.ts';

const DESCRIPTION = route({
  path: '/api/v1/openapi.json',
  id: 'openapi',
  tag: 'operation',
  summary: 'This description',
  parameters: z.strictObject({}),
  keepSeconds: 3600,
  restsOnKnowledge: true,
  answer: z.looseObject({}),
  handle: (_, { version, site }) => openapi(API_ROUTES, version, site),
});

/** What programs ask. */
export const API_ROUTES: readonly Route[] = [
  ...VERDICT_ROUTES,
  ...RECORD_ROUTES,
  ...EMBED_ROUTES,
  ...FIGURE_ROUTES,
  ...OPERATION_ROUTES,
  DESCRIPTION,
  ...ADMINISTRATION_ROUTES,
];

/** All that may be asked of this program by the web. */
export const ROUTES: readonly Route[] = [...PAGE_ROUTES, ...LOOK_ROUTES, ...API_ROUTES];
