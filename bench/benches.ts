import type { Bench } from './bench.ts';

/** Loaded only in the process that runs it, so that none has another's memory. */
export const BENCHES: Readonly<Record<string, () => Promise<Bench>>> = {
  append: async () => (await import('./append.ts')).append,
  'fleet-claims': async () => (await import('./fleet-claims.ts')).fleetClaims,
  fleet: async () => (await import('./fleet.ts')).fleet,
  cycle: async () => (await import('./cycle.ts')).cycle,
  probes: async () => (await import('./probes.ts')).probes,
  timing: async () => (await import('./timing.ts')).timing,
  cpu: async () => (await import('./cpu.ts')).cpu,
  shards: async () => (await import('./shards.ts')).shards,
  rollups: async () => (await import('./rollups.ts')).rollups,
  push: async () => (await import('./push.ts')).push,
  export: async () => (await import('./export.ts')).exporting,
  api: async () => (await import('./api.ts')).api,
  'verdicts-incidents': async () => (await import('./verdicts-incidents.ts')).verdictsIncidents,
  leak: async () => (await import('./leak.ts')).leak,
  'verdicts-ranking': async () => (await import('./verdicts-ranking.ts')).verdictsRanking,
  'verdicts-models': async () => (await import('./verdicts-models.ts')).verdictsModels,
  'verdicts-speed': async () => (await import('./verdicts-speed.ts')).verdictsSpeed,
  'demo-history': async () => (await import('./demo-history.ts')).demoHistory,
  pages: async () => (await import('./pages.ts')).pages,
  throughput: async () => (await import('./throughput.ts')).throughput,
  stream: async () => (await import('./stream.ts')).stream,
  paint: async () => (await import('./paint.ts')).paint,
};
