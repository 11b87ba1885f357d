import { afterAll, beforeAll, expect, test } from 'bun:test';
import { partsOf } from '../../src/domain/probe-kind.ts';
import type { AttemptRecord } from '../../src/domain/record.ts';
import { FEATURES, type Feature } from '../../src/domain/verdict.ts';
import { createRedactor } from '../../src/lib/redact.ts';
import { createProber } from '../../src/probe/prober.ts';
import { createReplyReader } from '../../src/probe/reply-reader.ts';
import { createTransport } from '../../src/probe/transport/transport.ts';
import { startWorld, type World } from '../../src/sim/world.ts';
import { anIdentity, aPlannedProbe, aTarget, probeSettings } from '../support/builders.ts';
import { recordingLog } from '../support/log.ts';

/** All of the first target is a lie; every other one is honest. */
let world: World;
let transport: ReturnType<typeof createTransport>;
const STRAIGHT = { httpsProxy: null, httpProxy: null, noProxy: null };

beforeAll(async () => {
  await using probe = await startWorld({ seed: 3 });
  const { provider, modelId } = probe.targets.find((target) => target.provider === 'cobalt')!;
  const lies = FEATURES.map((feature) => ({ provider, modelId, feature }));
  world = await startWorld({ seed: 3, pace: 0.002, lies });
  world.script({ times: Number.POSITIVE_INFINITY }, { kind: 'reply' }); // chance has no part in it
  transport = createTransport({ createReader: createReplyReader, proxy: STRAIGHT });
});
afterAll(async () => {
  await transport.close();
  await world[Symbol.asyncDispose]();
});

async function tried(target: World['targets'][number], mode: 'stream' | 'plain', feature: Feature) {
  const { token, routerUrl: routerEndpoint } = world;
  const settings = probeSettings({ token, routerEndpoint, mapping: new Map(Object.entries(world.mapping)), mode });
  const prober = createProber({
    settings,
    identity: anIdentity(),
    transport,
    connectivity: { online: async () => true },
    clock: { nowMs: Date.now, monotonicMs: () => performance.now(), sleep: async () => {} },
    log: recordingLog(),
    redact: createRedactor([token]),
    instrumentErrorP99Ms: () => null,
  });
  let row: AttemptRecord | undefined;
  for (const part of [1, 2] as const) {
    if (part > partsOf(feature)) break;
    const planned = aPlannedProbe({ target: aTarget(target), kind: { name: 'feature', feature, part } });
    const [record] = await Array.fromAsync(prober.probe(planned, new AbortController().signal, row));
    row = record!;
  }
  return { outcome: row!.outcome, works: row!.featureWorks, cachedTokens: row!.cachedTokens };
}

const PROVIDERS = ['aster', 'borealis', 'drift', 'ember', 'fathom', 'gale', 'halcyon', 'indigo', 'kestrel'];

test.each(PROVIDERS)('every feature works at %s, streamed or not', async (provider) => {
  const target = world.targets.find((one) => one.provider === provider)!;
  for (const mode of ['stream', 'plain'] as const) {
    for (const feature of FEATURES.filter((one) => one !== 'cache')) {
      expect([mode, feature, await tried(target, mode, feature)]).toEqual([
        mode,
        feature,
        expect.objectContaining({ outcome: 'ok', works: true }),
      ]);
    }
  }
});

test('a cache that tells of itself is never found to lie', async () => {
  const target = world.targets.find((one) => one.provider === 'indigo')!;
  const { works, cachedTokens } = await tried(target, 'stream', 'cache');
  expect(works).not.toBe(false);
  expect(cachedTokens).toBeGreaterThan(1024);
});

test.each(FEATURES)('a lie about %s is found out', async (feature) => {
  const target = world.targets.find((one) => one.provider === 'cobalt')!;
  expect((await tried(target, 'stream', feature)).works).toBe(false);
});
