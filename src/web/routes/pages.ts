import { ATTEMPT_PAGE } from '../pages/attempt/attempt.tsx';
import { COMPARE_PAGE } from '../pages/compare/compare.tsx';
import { DATA_PAGE } from '../pages/data.tsx';
import { ENDPOINT_PAGE } from '../pages/endpoint/endpoint.tsx';
import { INCIDENT_PAGE } from '../pages/incident.tsx';
import { INCIDENTS_PAGE } from '../pages/incidents.tsx';
import { METHOD_PAGE } from '../pages/method/method.tsx';
import { MODEL_PAGE } from '../pages/model/model.tsx';
import { MODELS_PAGE } from '../pages/models.tsx';
import { NOW_PAGE } from '../pages/now/now.tsx';
import type { Page } from '../pages/page.tsx';
import { PROVIDER_PAGE } from '../pages/provider/provider.tsx';
import { PROVIDERS_PAGE } from '../pages/providers.tsx';
import { SEARCH_PAGE } from '../pages/search.tsx';
import type { Route } from '../route.ts';

/** For people. Each is complete without a script. */
export const PAGE_ROUTES: readonly Page[] = [
  NOW_PAGE,
  MODELS_PAGE,
  SEARCH_PAGE,
  MODEL_PAGE,
  ENDPOINT_PAGE,
  PROVIDERS_PAGE,
  PROVIDER_PAGE,
  INCIDENTS_PAGE,
  INCIDENT_PAGE,
  ATTEMPT_PAGE,
  COMPARE_PAGE,
  DATA_PAGE,
  METHOD_PAGE,
];

/** Their charts and tables by themselves. */
export const FIGURE_ROUTES: readonly Route[] = PAGE_ROUTES.flatMap((page) => page.exports);
