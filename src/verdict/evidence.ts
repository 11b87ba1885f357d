import type { Endpoint } from '../domain/incident.ts';
import type { Sample } from '../domain/sample.ts';
import type { Check, Finding, FourChecks } from '../domain/verdict.ts';

/** Only the last so many intervals count. */
export const CHECKED_INTERVALS = 3;
const LEAST = 3;

type OwnFinding = Exclude<Finding, 'down_from_here' | 'down_elsewhere'>;

/** What one place can tell by itself. */
const SAYS: Record<OwnFinding, string> = {
  answers: 'It answers.',
  down: "It's down. Not just you.",
  provider_down: "It's down, and so are this provider's other models. Not just you.",
  model_down: "It's down, and so is this model elsewhere. Not just you.",
  router_down: 'Nothing behind the router answers. Not just you.',
  limited: "It's limiting us.",
  our_account: 'Our account, not them.',
  refuses_us: 'It refuses a token that others accept.',
  offline: 'We may be offline. No verdict.',
  mixed: 'It answers some requests and fails others.',
  too_early: 'Too early to say.',
};

/** @param samples of all targets from one location, standard and confirm, oldest first; only those of the last three intervals count */
export function fourChecks(
  samples: readonly Sample[],
  { modelId, provider }: Endpoint,
  { nowMs, intervalMs }: { readonly nowMs: number; readonly intervalMs: number },
): Omit<FourChecks, 'location' | 'elsewhere'> {
  const sinceMs = nowMs - CHECKED_INTERVALS * intervalMs;
  const recent = samples.filter(
    ({ dueAtMs, final, outcome, probeKind }) =>
      dueAtMs > sinceMs && dueAtMs <= nowMs && final && outcome !== 'skipped' && probeKind !== 'feature',
  );
  const own = recent.filter((sample) => sample.modelId === modelId && sample.providerName === provider);
  const siblings = recent.filter((sample) => sample.modelId !== modelId && sample.providerName === provider);
  const elsewhere = recent.filter((sample) => sample.modelId === modelId && sample.providerName !== provider);
  const endpoint = checked(own);
  const providersOtherModels = checked(siblings);
  const modelElsewhere = checked(elsewhere);
  const offline = recent.filter(({ outcome }) => outcome === 'prober_error').length;
  const control = { ok: recent.length - offline, failed: offline, other: 0 };
  const finding = findingOf({ own, recent, providersOtherModels, modelElsewhere, control });
  const basis = { rule: 'Outages and how far they reach', n: recent.length, sinceMs, untilMs: nowMs };
  return { ...basis, endpoint, providersOtherModels, modelElsewhere, control, finding, says: SAYS[finding] };
}

function findingOf(evidence: {
  readonly own: readonly Sample[];
  readonly recent: readonly Sample[];
  readonly providersOtherModels: Check;
  readonly modelElsewhere: Check;
  readonly control: Check;
}): OwnFinding {
  const { own, recent, providersOtherModels, modelElsewhere, control } = evidence;
  if (control.failed * 2 >= recent.length && recent.length >= LEAST) return 'offline';
  if (own.length < LEAST) return 'too_early';
  const last = own.slice(-LEAST);
  const all = (outcome: Sample['outcome']) => last.every((sample) => sample.outcome === outcome);
  if (all('rate_limited')) return 'limited';
  if (all('account_error')) return recent.some(({ outcome }) => outcome === 'ok') ? 'refuses_us' : 'our_account';
  const isUnreachable = ({ outcome }: Sample) => outcome === 'target_error' || outcome === 'router_error';
  if (last.every(isUnreachable)) {
    if (mostly(checked(recent.filter((sample) => !own.includes(sample))))) return 'router_down';
    if (all('router_error')) return 'router_down';
    if (mostly(providersOtherModels)) return 'provider_down';
    return mostly(modelElsewhere) ? 'model_down' : 'down';
  }
  return last.at(-1)!.outcome === 'ok' && last.filter(({ outcome }) => outcome === 'ok').length * 2 > last.length
    ? 'answers'
    : 'mixed';
}

/** At least three, and four of five of them, failed. */
const mostly = ({ ok, failed }: Check) => failed >= LEAST && failed >= 0.8 * (ok + failed);

function checked(samples: readonly Sample[]): Check {
  const ok = samples.filter(({ outcome }) => outcome === 'ok').length;
  const failed = samples.filter(({ outcome }) => outcome === 'target_error' || outcome === 'router_error').length;
  return { ok, failed, other: samples.length - ok - failed };
}
