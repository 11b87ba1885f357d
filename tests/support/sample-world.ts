import type { Endpoint, Scope } from '../../src/domain/incident.ts';
import type { ErrorClass, Outcome } from '../../src/domain/outcome.ts';
import type { Sample } from '../../src/domain/sample.ts';
import { type Random, seededRandom } from '../../src/lib/random.ts';

/** Samples of targets that do not exist, of which everything is known: who failed when, and by how much what changed. */

export const INTERVAL_MS = 30 * 60_000;
export const CYCLES_PER_DAY = 48;
export const WORLD_BEGAN_MS = Date.parse('2026-05-04T00:00:00Z');
export const LOCATION = 'local';

export function aSample(overrides: Partial<Sample> = {}): Sample {
  const outcome = overrides.outcome ?? 'ok';
  const isOk = outcome === 'ok';
  return {
    dueAtMs: WORLD_BEGAN_MS,
    modelId: 'acme/Thinker-7B',
    providerName: 'swiftcloud',
    providerModelId: 'acme-thinker-7b',
    location: LOCATION,
    questionId: '0123456789abcdef',
    probeKind: 'standard',
    attemptId: 'attempt',
    attempt: 1,
    final: true,
    outcome,
    errorClass: null,
    ttftMs: isOk ? 300 : null,
    ttfatMs: isOk ? 300 : null,
    tpotMs: isOk ? 12 : null,
    e2eMs: isOk ? 7500 : null,
    gapP50Ms: null,
    gapP95Ms: null,
    chunks: null,
    tokensPerChunk: null,
    promptTokens: 30,
    completionTokens: isOk ? 600 : null,
    reasoningTokens: null,
    cachedTokens: null,
    finishReason: isOk ? 'stop' : null,
    answerCorrect: null,
    answerValue: null,
    repeatedShare: null,
    feature: null,
    featureWorks: null,
    servedBy: null,
    responseModel: null,
    systemFingerprint: null,
    priceInputUsdPerMtok: 0.5,
    priceOutputUsdPerMtok: 1.5,
    costUsd: null,
    claimedTtftMs: null,
    claimedTps: null,
    contextLength: null,
    supportsTools: null,
    supportsStructuredOutput: null,
    ...overrides,
  };
}

/** Something that happens in the cycles from `from` on, before `to`. */
export type Trouble = {
  readonly scope: Scope;
  readonly from: number;
  readonly to: number;
  readonly outcome: Outcome;
  readonly errorClass: ErrorClass;
} & Partial<Endpoint>;

/** `metric` of an endpoint is `times` what it was, in the cycles from `from` on, before `to`. */
interface Change extends Endpoint {
  readonly metric: 'ttftMs' | 'tpotMs' | 'completionTokens';
  readonly times: number;
  readonly from: number;
  readonly to: number;
}

export interface SampleWorld {
  readonly seed: string;
  readonly cycles: number;
  readonly endpoints: readonly Endpoint[];
  /** How often each fails by chance, in the order of the endpoints. */
  readonly failureRates: readonly number[];
  readonly troubles?: readonly Trouble[];
  readonly changes?: readonly Change[];
  /** Whether a target that failed is asked again every two minutes until it answers or the next cycle is due. */
  readonly confirms?: boolean;
}

const CONFIRMS_A_CYCLE = 14;

/** Oldest first, cycle by cycle. */
export const samplesOf = (world: SampleWorld): Sample[] => [...cyclesOf(world)].flat();

/** The samples of one cycle after the other: of a long time they would not all fit into memory. */
export function* cyclesOf(world: SampleWorld): Generator<Sample[]> {
  const { seed, cycles, endpoints, failureRates, troubles = [], changes = [], confirms = true } = world;
  const random = seededRandom(seed);
  const noises = endpoints.map(() => ({ ttftMs: newNoise(random), tpotMs: newNoise(random) }));
  for (let cycle = 0; cycle < cycles; cycle++) {
    const samples: Sample[] = [];
    const dueAtMs = WORLD_BEGAN_MS + cycle * INTERVAL_MS;
    endpoints.forEach((endpoint, i) => {
      const { modelId, provider } = endpoint;
      const trouble = troubles.find((each) => cycle >= each.from && cycle < each.to && reaches(each, endpoint));
      const times = (metric: Change['metric']) =>
        changes
          .filter((each) => each.modelId === modelId && each.provider === provider && each.metric === metric)
          .reduce((product, each) => (cycle >= each.from && cycle < each.to ? product * each.times : product), 1);
      const reply = {
        ttftMs: 300 * noises[i]!.ttftMs(cycle) * times('ttftMs'),
        tpotMs: 12 * noises[i]!.tpotMs(cycle) * times('tpotMs'),
        completionTokens: Math.round(600 * Math.exp(0.2 * gauss(random)) * times('completionTokens')),
      };
      const ask = (probeKind: 'standard' | 'confirm', nth: number): Outcome => {
        const fails = random() < failureRates[i]!;
        const { outcome, errorClass } =
          trouble ??
          (fails
            ? { outcome: 'target_error' as const, errorClass: 'http_5xx' as const }
            : { outcome: 'ok' as const, errorClass: null });
        const base = { dueAtMs, modelId, providerName: provider, probeKind, attemptId: `${cycle}/${i}/${nth}` };
        samples.push(aSample({ ...base, outcome, errorClass, ...(outcome === 'ok' && reply) }));
        return outcome;
      };
      let outcome = ask('standard', 0);
      for (let nth = 1; confirms && nth <= CONFIRMS_A_CYCLE && outcome !== 'ok'; nth++) outcome = ask('confirm', nth);
    });
    yield samples;
  }
}

function reaches({ scope, modelId, provider }: Trouble, endpoint: Endpoint): boolean {
  if (scope === 'router' || scope === 'us') return true;
  return (modelId ?? endpoint.modelId) === endpoint.modelId && (provider ?? endpoint.provider) === endpoint.provider;
}

/** Log-normal with sd 0.4, each sample resembling the one before by 0.5; ±20 % over the day; in one of 50, a heavy tail on top. */
export function newNoise(random: Random): (cycle: number) => number {
  const [sd, phi] = [0.4, 0.5];
  let deviation = sd * gauss(random);
  return (cycle) => {
    deviation = phi * deviation + sd * Math.sqrt(1 - phi ** 2) * gauss(random);
    const swing = 1 + 0.2 * Math.sin((2 * Math.PI * cycle) / CYCLES_PER_DAY);
    const tail = random() < 0.02 ? -0.7 * Math.log(1 - random()) : 0;
    return swing * Math.exp(deviation + tail);
  };
}

/** Standard normal (Box–Muller). */
export const gauss = (random: Random) => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** Every model at every provider: `acme/Model-0` … at `provider-0` … */
export function everyPair(models: number, providers: number): readonly Endpoint[] {
  return Array.from({ length: models * providers }, (_, i) => ({
    modelId: `acme/Model-${Math.floor(i / providers)}`,
    provider: `provider-${i % providers}`,
  }));
}
