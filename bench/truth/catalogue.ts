const MODELS = 20;
const PROVIDERS = 10;

export const TARGETS = MODELS * PROVIDERS;
export const PROVIDER_NAMES = Array.from({ length: PROVIDERS }, (_, i) => `provider-${i}`);

/** The Hub's list of trending models and the router's prices, as small as they can be. @returns its port */
export function serveCatalogue(): number {
  const ids = Array.from({ length: MODELS }, (_, i) => `bench/model-${i}`);
  const models = ids.map((id) => ({
    id,
    inferenceProviderMapping: PROVIDER_NAMES.map((provider) => ({
      provider,
      providerId: 'truth',
      status: 'live',
      task: 'conversational',
    })),
  }));
  const prices = ids.map((id) => ({
    id,
    providers: PROVIDER_NAMES.map((provider) => ({ provider, status: 'live', pricing: { input: 0.5, output: 1.5 } })),
  }));
  const { port } = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    routes: { '/api/models': () => Response.json(models), '/v1/models': () => Response.json({ data: prices }) },
  });
  return port!;
}
