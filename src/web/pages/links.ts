/** Where the page, or the answer, about a thing is. */
const part = encodeURIComponent;

export const providerPath = (provider: string) => `/providers/${part(provider)}`;
/** @param modelId as `org/name` */
export const modelPath = (modelId: string) => `/models/${modelId.split('/').map(part).join('/')}`;
export const endpointPath = (modelId: string, provider: string) => `${modelPath(modelId)}/${part(provider)}`;
export const incidentPath = (incidentId: string) => `/incidents/${part(incidentId)}`;
export const attemptPath = (attemptId: string) => `/attempts/${part(attemptId)}`;
export const attemptDataPath = (attemptId: string) => `/api/v1/attempts/${part(attemptId)}`;

/** A picture of a model for those who link to it. */
export const cardPath = (modelId: string) => `/card${modelPath(modelId).slice('/models'.length)}.png`;

/** An address with these parameters; those that are what they are anyway are left out. */
export function withQuery(path: string, parameters: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== '');
  const query = new URLSearchParams(given as [string, string][]).toString();
  return query === '' ? path : `${path}?${query}`;
}

interface Named {
  readonly model_id: string;
  readonly provider: string;
}

/** The first is compared with each of the others. */
export function comparePath(
  targets: readonly Named[],
  more: Readonly<Record<string, string | undefined>> = {},
): string {
  const query = targets.map(
    ({ model_id, provider }) => `t=${`${model_id}/${provider}`.split('/').map(part).join('/')}`,
  );
  const rest = withQuery('', more).slice(1);
  const all = [...query, ...(rest === '' ? [] : [rest])].join('&');
  return all === '' ? '/compare' : `/compare?${all}`;
}
