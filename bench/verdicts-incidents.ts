import { randomBytes } from 'node:crypto';
import type { FoundIncident, Scope } from '../src/domain/incident.ts';
import type { ErrorClass, Outcome } from '../src/domain/outcome.ts';
import { type Random, seededRandom } from '../src/lib/random.ts';
import { changePointsOf } from '../src/verdict/changes.ts';
import { findIncidents, LOOK_BACK_DAYS } from '../src/verdict/find-incidents.ts';
import { scanLevels } from '../src/verdict/level-shifts.ts';
import { stateOf } from '../src/verdict/state.ts';
import {
  CYCLES_PER_DAY,
  everyPair,
  INTERVAL_MS,
  LOCATION,
  newNoise,
  samplesOf,
  type Trouble,
  WORLD_BEGAN_MS,
} from '../tests/support/sample-world.ts';
import type { Bench, Figure } from './bench.ts';

const MISSED = 'outages missed';
const FALSE = 'incidents false';
const WRONG_SCOPE = 'scope wrong';
const FALSE_CHANGES = 'changes told of noise';
const MISSED_HALF = '+50 % not seen within 48 samples';
const MISSED_QUARTER = '+25 % not seen within 336 samples';
const SPEED = '1,000 targets × 90 days: changes, states, incidents';

export const verdictsIncidents: Bench = {
  about:
    'worlds of known truth, drawn anew in each run: 20 targets (5 models × 4 providers) over 30 days of half-hourly cycles, failing by chance in 0–3 % and one in 20 %, with six outages or account troubles of 2–30 cycles each; series of log-normal noise (sd 0.4, AR(1) 0.5, ±20 % over the day, heavy tail) with and without a change',
  goals: {
    [MISSED]: { atMost: 0 },
    [FALSE]: { atMost: 1 },
    [WRONG_SCOPE]: { atMost: 5 },
    [FALSE_CHANGES]: { atMost: 0.2 },
    [MISSED_HALF]: { atMost: 5 },
    [MISSED_QUARTER]: { atMost: 5 },
  },
  async run({ quick, progress }) {
    const seed = randomBytes(6).toString('hex');
    progress(`seed ${seed}`);
    const worlds = quick ? 3 : 40;
    progress(`outages in ${worlds} worlds`);
    const outages = outageFigures(seed, worlds);
    const series = quick ? 40 : 1000;
    progress(`changes in ${series} series each`);
    const changes = changeFigures(seed, series);
    progress('speed');
    return [{ name: 'seed', unit: seed, ours: null }, ...outages, ...changes, ...speedFigures(seed, quick ? 50 : 1000)];
  },
};

/** Drawn troubles never overlap, and leave time to recover. */
const TROUBLES = 6;
const WORLD_CYCLES = 30 * CYCLES_PER_DAY;
const LONGEST = 30;
const ENDPOINTS = everyPair(5, 4);
const SCOPES: readonly (Scope | 'account')[] = ['endpoint', 'endpoint', 'provider', 'model', 'router', 'us', 'account'];

function outageFigures(seed: string, worlds: number): readonly Figure[] {
  const tally = { truths: 0, found: 0, scopeRight: 0, told: 0, false: 0, falseLevels: 0, foundAlone: 0 };
  const noticedAfter: number[] = [];
  for (let nth = 0; nth < worlds; nth++) {
    const random = seededRandom(`${seed} outages ${nth}`);
    const troubles = Array.from({ length: TROUBLES }, (_, i) => drawTrouble(random, 120 + 200 * i));
    const flaky = Math.floor(random() * ENDPOINTS.length);
    const failureRates = ENDPOINTS.map((_, i) => (i === flaky ? 0.2 : 0.03 * random()));
    const world = { seed: `${seed} world ${nth}`, cycles: WORLD_CYCLES, endpoints: ENDPOINTS, failureRates, troubles };
    const incidents = incidentsOf(world, true);
    tally.truths += troubles.length;
    tally.told += incidents.length;
    for (const trouble of troubles) {
      const matching = incidents.filter((incident) => isOf(incident, trouble));
      const first = matching.find(({ scope }) => scope === trouble.scope) ?? matching[0];
      if (first === undefined) continue;
      tally.found++;
      if (first.scope === trouble.scope) tally.scopeRight++;
      noticedAfter.push((first.noticedAtMs - WORLD_BEGAN_MS) / INTERVAL_MS - trouble.from + 1);
    }
    const wrong = incidents.filter((incident) => !troubles.some((trouble) => isOf(incident, trouble)));
    tally.false += wrong.length;
    tally.falseLevels += wrong.filter(({ kind }) => kind === 'slow' || kind === 'change').length;
    const alone = incidentsOf(world, false);
    tally.foundAlone += troubles.filter((trouble) => alone.some((incident) => isOf(incident, trouble))).length;
  }
  const percent = (part: number, of: number) => (100 * part) / of;
  noticedAfter.sort((a, b) => a - b);
  const at = (share: number) => noticedAfter[Math.ceil(share * noticedAfter.length) - 1] ?? null;
  return [
    { name: MISSED, unit: `% of ${tally.truths}`, ours: percent(tally.truths - tally.found, tally.truths) },
    {
      name: 'the same without confirm probes',
      unit: '%',
      ours: percent(tally.truths - tally.foundAlone, tally.truths),
    },
    { name: FALSE, unit: `% of ${tally.told}`, ours: percent(tally.false, tally.told) },
    { name: 'of these slow or change', unit: 'incidents', ours: tally.falseLevels },
    { name: WRONG_SCOPE, unit: '% of those found', ours: percent(tally.found - tally.scopeRight, tally.found) },
    { name: 'noticed in cycle', unit: 'of the outage, p50 / p95 / max', ours: [at(0.5), at(0.95), at(1)] },
  ];
}

function incidentsOf(world: Parameters<typeof samplesOf>[0], confirms: boolean): readonly FoundIncident[] {
  const samples = samplesOf({ ...world, confirms });
  return findIncidents({
    samples,
    flags: [],
    features: [],
    known: [],
    location: LOCATION,
    nowMs: samples.at(-1)!.dueAtMs,
    intervalMs: INTERVAL_MS,
    judgedUntilMs: null,
  });
}

function drawTrouble(random: Random, from: number): Trouble {
  const pick = <T>(of: readonly T[]) => of[Math.floor(random() * of.length)]!;
  const scope = pick(SCOPES);
  const { modelId, provider } = pick(ENDPOINTS);
  const to = from + 2 + Math.floor(random() * (LONGEST - 1));
  const target = {
    outcome: 'target_error',
    errorClass: pick<ErrorClass>(['http_5xx', 'first_token_timeout', 'stall_timeout']),
  } as const;
  const how: { outcome: Outcome; errorClass: ErrorClass } =
    scope === 'router'
      ? pick([{ outcome: 'router_error', errorClass: 'connect_timeout' }, target])
      : scope === 'us'
        ? pick([
            { outcome: 'prober_error', errorClass: 'no_connectivity' },
            { outcome: 'account_error', errorClass: 'no_credits' },
          ])
        : scope === 'account'
          ? { outcome: 'account_error', errorClass: 'forbidden' }
          : target;
  if (scope === 'account') return { scope: 'provider', from, to, ...how, provider };
  const whom =
    scope === 'endpoint'
      ? { modelId, provider }
      : scope === 'provider'
        ? { provider }
        : scope === 'model'
          ? { modelId }
          : {};
  return { scope, from, to, ...how, ...whom };
}

/** Of the same kind, at the same time, and of somebody whom it reaches. */
function isOf(incident: FoundIncident, trouble: Trouble): boolean {
  const kind = trouble.outcome === 'account_error' ? 'account' : 'outage';
  const [from, to] = [trouble.from, trouble.to].map((cycle) => WORLD_BEGAN_MS + cycle * INTERVAL_MS);
  const overlaps = incident.startedAtMs < to! && (incident.endedAtMs ?? Number.POSITIVE_INFINITY) >= from!;
  const reaches = incident.endpoints.some(
    ({ modelId, provider }) => (trouble.modelId ?? modelId) === modelId && (trouble.provider ?? provider) === provider,
  );
  return incident.kind === kind && overlaps && reaches;
}

/** Four weeks before the change, as after every cycle. */
const BEFORE = LOOK_BACK_DAYS * CYCLES_PER_DAY;
const QUARTER = 90 * CYCLES_PER_DAY;

function changeFigures(seed: string, series: number): readonly Figure[] {
  let shown = 0;
  let told = 0;
  for (let nth = 0; nth < series; nth++) {
    const noise = seriesOf(`${seed} noise ${nth}`, QUARTER, 1);
    shown += scanLevels(noise, 'shown').shifts.length;
    told += scanLevels(noise, 'told').shifts.length;
  }
  const missed = (times: number, within: number, strictness: 'shown' | 'told') => {
    let count = 0;
    for (let nth = 0; nth < series; nth++) {
      const { shifts } = scanLevels(seriesOf(`${seed} ${times} ${within} ${nth}`, BEFORE + within, times), strictness);
      if (!shifts.some(({ noticedAt, from, to }) => noticedAt >= BEFORE && to > from)) count++;
    }
    return (100 * count) / series;
  };
  return [
    { name: FALSE_CHANGES, unit: 'per series and quarter', ours: shown / series },
    { name: 'the same, told as incidents', unit: 'per series and quarter', ours: told / series },
    { name: MISSED_HALF, unit: '%', ours: missed(1.5, 48, 'shown') },
    { name: '+50 % not seen within 96 samples', unit: '%', ours: missed(1.5, 96, 'shown') },
    { name: '+50 % not told within 192 samples', unit: '%', ours: missed(1.5, 192, 'told') },
    { name: MISSED_QUARTER, unit: '%', ours: missed(1.25, 336, 'shown') },
    { name: '× 3 not told within 24 samples', unit: '%', ours: missed(3, 24, 'told') },
  ];
}

function seriesOf(seed: string, n: number, times: number) {
  const noise = newNoise(seededRandom(seed));
  return {
    atMs: Float64Array.from({ length: n }, (_, cycle) => WORLD_BEGAN_MS + cycle * INTERVAL_MS),
    values: Float64Array.from({ length: n }, (_, cycle) => 300 * noise(cycle) * (cycle >= BEFORE ? times : 1)),
  };
}

/** Targets at once: a process that held all samples of a thousand would measure its memory. */
const AT_ONCE = 25;

function speedFigures(seed: string, targets: number): readonly Figure[] {
  const ms = { changes: 0, states: 0, history: 0, cycle: 0 };
  const timed = (name: keyof typeof ms, work: () => unknown) => {
    const began = performance.now();
    work();
    ms[name] += performance.now() - began;
  };
  for (let nth = 0; nth < targets / AT_ONCE; nth++) {
    const endpoints = everyPair(AT_ONCE / 5, 5);
    const failureRates = endpoints.map(() => 0.01);
    const samples = samplesOf({ seed: `${seed} speed ${nth}`, cycles: QUARTER, endpoints, failureRates });
    const nowMs = samples.at(-1)!.dueAtMs;
    const recent = samples.filter(({ dueAtMs }) => dueAtMs > nowMs - LOOK_BACK_DAYS * CYCLES_PER_DAY * INTERVAL_MS);
    const byTarget = [...Map.groupBy(samples, ({ modelId, providerName }) => `${modelId} ${providerName}`).values()];
    const common = { flags: [], features: [], known: [], location: LOCATION, nowMs, intervalMs: INTERVAL_MS };
    const context = { nowMs, intervalMs: INTERVAL_MS, others: [], isDelisted: false };
    timed('changes', () => byTarget.map(changePointsOf));
    timed('states', () => byTarget.map((ofTarget) => stateOf(ofTarget.slice(-BEFORE), context)));
    timed('history', () => findIncidents({ ...common, samples, judgedUntilMs: null }));
    timed('cycle', () => findIncidents({ ...common, samples: recent, judgedUntilMs: nowMs - INTERVAL_MS }));
  }
  const name = targets === 1000 ? SPEED : `${targets} targets × 90 days: changes, states, incidents`;
  return [
    { name, unit: 'ms, each', ours: [ms.changes, ms.states, ms.history] },
    { name: 'incidents after a cycle, of 28 days', unit: 'ms', ours: ms.cycle },
  ];
}
