import type { Incident } from '../../domain/incident.ts';
import type {
  ChangePoint,
  ClaimAudit,
  Comparison,
  EndpointVerdict,
  Metric,
  ModelVerdict,
  PolicyAudit,
  Recommendation,
  State,
} from '../../domain/verdict.ts';
import { FEATURE_WORDS, METRIC_WORDS } from '../../domain/words.ts';
import { formatCount, formatDuration, formatMs, formatUsd } from '../../lib/format.ts';
import { counted, names } from '../../lib/lists.ts';
import { moment, since, stretch } from '../../lib/moments.ts';
import type { Said, Tone } from './document.ts';
import { byHowMuch, ended, goingOn, STATE_LOOKS, share } from './words.ts';

/** What is going on, in one sentence over all endpoints. */
export function standing(models: readonly ModelVerdict[]): Said {
  const endpoints = models.flatMap((model) => model.endpoints);
  const of = (state: State) => endpoints.filter((endpoint) => endpoint.state.state === state);
  const all = counted(endpoints.length, 'endpoint');
  if (of('healthy').length === endpoints.length) {
    return {
      text: `${endpoints.length === 1 ? 'The only endpoint answers' : `All ${all} answer`} as usual.`,
      tone: 'good',
    };
  }
  const where = ({ modelId, provider }: EndpointVerdict) =>
    models.length === 1 ? provider : `${provider} (${modelId})`;
  const parts = TROUBLES.flatMap(([state, one, many]) => {
    const found = of(state);
    return found.length === 0
      ? []
      : [`${formatCount(found.length)} ${found.length === 1 ? one : many}: ${names(found.map(where))}`];
  });
  const first = `Of ${all}, ${formatCount(of('healthy').length)} ${of('healthy').length === 1 ? 'is' : 'are'} healthy.`;
  const tone = of('down').length > 0 ? 'bad' : of('slow').length > 0 ? 'warning' : 'quiet';
  return { text: [first, ...parts.map(ended)].join(' '), tone };
}

/** In order of weight: the state, what one does, what several do. */
const TROUBLES: readonly (readonly [state: State, one: string, many: string])[] = [
  ['down', 'is down', 'are down'],
  ['slow', 'is slow', 'are slow'],
  ['limited', 'limits us', 'limit us'],
  ['refuses_us', 'refuses us', 'refuse us'],
  ['our_account', 'does not answer for a fault of our account', 'do not answer for a fault of our account'],
  ['delisted', 'is off the list', 'are off the list'],
  ['no_data', 'has no data', 'have no data'],
];

/** How one endpoint is now, and on what that rests. */
export function stateSentence({ provider, state: verdict }: EndpointVerdict, nowMs: number): Said {
  const { state, matching, n, beganAtMs, slowdown } = verdict;
  const how = {
    healthy: 'has answered as usual',
    slow: `has been slow${slowdown === null ? '' : `, its first token at ${slowdown.toFixed(1)} times its usual,`}`,
    down: 'has been down',
    limited: 'has been limiting us, which is not counted against it,',
    our_account: 'has not answered for a fault of our account, not of its own,',
    refuses_us: 'has refused us, with a token that others accept,',
    delisted: 'has been off the list of live providers',
    no_data: 'has no data',
  }[state];
  const { glyph, tone } = STATE_LOOKS[state];
  const began = beganAtMs === null || state === 'no_data' ? '' : ` ${since(beganAtMs, nowMs)}`;
  const basis = n > 0 ? ` (${formatCount(matching)} of its last ${counted(n, 'probe')})` : '';
  return { text: `${glyph} ${provider} ${how}${began}${basis}.`, tone };
}

const INCIDENT_TONES: Readonly<Record<Incident['kind'], Tone>> = {
  outage: 'bad',
  slow: 'warning',
  change: 'warning',
  different_model: 'warning',
  feature_fails: 'warning',
  account: 'warning',
};

const END_WORDS = {
  recovered: 'It is over',
  new_normal: 'It stayed so, and is what is usual now',
  no_data: 'Nobody asks any more',
} as const;

/** What happened, when, and how it ended. */
export function incidentSentence(incident: Incident, nowMs: number): Said {
  const { kind, says, startedAtMs, endedAtMs, endReason, acknowledged } = incident;
  const glyph = kind === 'outage' ? '✕' : '▲';
  const remark = acknowledged ? ` Acknowledged: ${ended(acknowledged.reason)}` : '';
  if (endedAtMs === null) {
    const began = since(startedAtMs, nowMs);
    const text = `${glyph} ${began[0]!.toUpperCase()}${began.slice(1)}: ${ended(says)}${remark}`;
    return { text, tone: INCIDENT_TONES[kind] };
  }
  const took = formatDuration(endedAtMs - startedAtMs);
  const end = endReason === null ? '' : ` ${END_WORDS[endReason]}.`;
  return {
    text: `○ ${stretch(startedAtMs, endedAtMs, nowMs)} (${took}): ${ended(says)}${end}${remark}`,
    tone: 'quiet',
  };
}

/** Whom to use and why, who else, whom to avoid. */
export function recommendationSentences(recommendation: Recommendation): readonly Said[] {
  const { provider, reasons, runnerUp, asGood, avoid, order } = recommendation;
  const why = reasons.map(ended).join(' ');
  const said: Said[] = [];
  if (provider !== null) said.push({ text: `Use ${provider}. ${why}`.trim(), tone: 'answer' });
  else {
    const leastBad = order[0] === undefined ? '' : ` Least bad: ${order[0].provider}.`;
    said.push({ text: `Nobody can be recommended. ${why}`.trim() + leastBad, tone: 'answer' });
  }
  const others = asGood.filter((each) => each !== runnerUp);
  const isAsGood = others.length < asGood.length ? ', as good within noise' : '';
  if (runnerUp !== null) said.push({ text: `Runner-up: ${runnerUp}${isAsGood}.` });
  if (others.length > 0) said.push({ text: `${isAsGood ? 'Also' : 'Others'} as good within noise: ${names(others)}.` });
  return [
    ...said,
    ...avoid.map(({ provider: whom, why: reason }) => ({ text: `Avoid ${whom}: ${ended(goingOn(reason))}` })),
  ];
}

/** More is better only here; of a reply's length nobody can say. */
const isWorse = ({ metric, ratio }: ChangePoint) => (metric === 'availability' ? ratio < 1 : ratio > 1);

export function changeSentence(provider: string, change: ChangePoint, nowMs: number): Said {
  const { metric, atMs, before } = change;
  const size = byHowMuch(change, ['up', 'down']).replace(/^(\S+) (up|down)/, '$2 $1');
  const basis = `n = ${formatCount(before)} before, ${formatCount(change.since)} since`;
  const text = `${provider}: ${METRIC_WORDS[metric]} ${size} ${since(atMs, nowMs)}; ${basis}.`;
  return { text, tone: metric === 'completionTokens' ? 'quiet' : isWorse(change) ? 'warning' : 'good' };
}

/** Features that do not do what is said of them; those that do are in the table. */
export function featureSentences({ provider, features }: EndpointVerdict): readonly Said[] {
  return features.flatMap(({ feature, advertised, verdict, works, n }): readonly Said[] => {
    if (verdict !== 'fails' && verdict !== 'sometimes') return [];
    const said = advertised === true ? 'advertised, and ' : '';
    const how = verdict === 'fails' ? 'never worked' : 'worked only sometimes';
    const text = `${provider}: ${FEATURE_WORDS[feature]} ${said}${how} (${formatCount(works)} of ${formatCount(n)}).`;
    return [{ text, tone: verdict === 'fails' ? 'bad' : 'warning' }];
  });
}

export function flagSentences({ provider, flags }: EndpointVerdict, nowMs: number): readonly Said[] {
  return flags.map(({ says, atMs, n, weight }) => {
    const began = atMs === null ? '' : `, ${since(atMs, nowMs)}`;
    return {
      text: `${provider}: ${says.replace(/\.$/, '')} (n = ${formatCount(n)}${began}).`,
      tone: weight === 'strong' ? 'warning' : 'quiet',
    };
  });
}

/** What the router publishes of an endpoint against what we measured; null with too few pairs. */
export function claimSentence(provider: string, { claim, ratio, low, high, n }: ClaimAudit): Said | null {
  if (ratio === null || low === null || high === null) return null;
  const what = claim === 'ttft' ? 'its first token takes' : 'its output speed is';
  const pairs = `${counted(n, 'pair')}`;
  if (low <= 1 && high >= 1) {
    return { text: `${provider}: ${what} what the router publishes, within noise (${pairs}).`, tone: 'quiet' };
  }
  const size = byHowMuch({ ratio, low, high }, claim === 'ttft' ? ['longer', 'less'] : ['higher', 'lower']);
  const than = size.includes('%') ? ' than' : '';
  const text = `${provider}: ${what} ${size}${than} what the router publishes; ${pairs}.`;
  return { text, tone: (claim === 'ttft') === ratio > 1 ? 'warning' : 'good' };
}

export function policySentence({ policy, pickedBest, regretMedian, regretMean, unit, n }: PolicyAudit): Said {
  if (pickedBest.trials === 0)
    return { text: `:${policy} cannot be judged yet (n = ${formatCount(n)}).`, tone: 'quiet' };
  const amount = (value: number) => (unit === 'ms' ? formatMs(value) : formatUsd(value));
  const regret = regretMedian === null ? '' : ` Its pick took ${amount(regretMedian)} more than the best in the median`;
  const mean = regretMedian === null || regretMean === null ? '' : ` and ${amount(regretMean)} in the mean`;
  const cycles = counted(pickedBest.trials, 'cycle');
  return { text: `:${policy} picked the best in ${share(pickedBest)} of ${cycles}.${regret && `${regret}${mean}.`}` };
}

/** What the better of two does, and by how much. */
const DEEDS: Readonly<Record<Metric, (amount: string, other: string) => string>> = {
  ttftMs: (amount, other) => `starts ${amount} sooner than ${other}`,
  ttfatMs: (amount, other) => `begins its answer ${amount} sooner than ${other}`,
  tpotMs: (amount, other) => `takes ${amount} less for a token than ${other}`,
  e2eMs: (amount, other) => `finishes ${amount} sooner than ${other}`,
  costUsd: (amount, other) => `costs ${amount} less for a reply than ${other}`,
  completionTokens: (amount, other) => `needs ${amount} fewer than ${other}`,
  priceUsdPerMtok: (amount, other) => `costs ${amount} less per million tokens than ${other}`,
  availability: (amount, other) => `is available ${amount} more of the time than ${other}`,
};

/** `cobalt starts 31 ms sooner than slate (24–38; 48 pairs).` Never a winner within noise. */
export function comparisonSentence(comparison: Comparison): string {
  const { metric, a, b, ratio, difference, better, n } = comparison;
  const pairs = counted(ratio?.pairs ?? n, 'pair');
  if (ratio === null && difference === null) {
    return `Too few cycles in which both ${a.provider} and ${b.provider} answered to compare them (${pairs}).`;
  }
  if (better === null) {
    return `${METRIC_WORDS[metric]}: no difference between ${a.provider} and ${b.provider} that we can tell from noise (${pairs}).`;
  }
  const [winner, loser] = better === 'a' ? [a.provider, b.provider] : [b.provider, a.provider];
  // Of skewed pairs the two may point apart; who is better follows from the ratio.
  const isOfLoser =
    difference !== null &&
    (better === 'a') === (metric === 'availability' ? difference.median < 0 : difference.median > 0);
  if (difference === null || !isOfLoser) {
    return `${winner} is better than ${loser} by ${METRIC_WORDS[metric]}: ${b.provider} takes ${byHowMuch(ratio!)} than ${a.provider} (${pairs}).`;
  }
  const amount = amountOf(metric, Math.abs(difference.median));
  return `${winner} ${DEEDS[metric](amount, loser)} (${intervalOf(metric, amount, difference)}${pairs}).`;
}

function amountOf(metric: Metric, value: number): string {
  if (metric === 'costUsd' || metric === 'priceUsdPerMtok') return formatUsd(value);
  if (metric === 'completionTokens') return counted(Math.round(value), 'token');
  if (metric === 'availability') return `${(value * 100).toFixed(1)}%`;
  return formatMs(value);
}

/** `24–38; ` where both ends have the unit of the amount, otherwise `990 ms–1.2 s; `; nothing where it is exact, or on both sides of none. */
function intervalOf(
  metric: Metric,
  amount: string,
  { low, high }: { readonly low: number; readonly high: number },
): string {
  if (low === high || (low <= 0 && high >= 0)) return '';
  const ends = [low, high]
    .map(Math.abs)
    .toSorted((x, y) => x - y)
    .map((end) => amountOf(metric, end));
  const unitOf = (text: string) => text.replace(/^[\d.,]+/, '').replace(/s$/, '');
  const isShort = !amount.startsWith('$') && ends.every((end) => unitOf(end) === unitOf(amount));
  return `${ends.map((end) => (isShort ? end.match(/^[\d.,]+/)![0] : end)).join('–')}; `;
}

/** When we last heard of anybody, where that is long ago. */
export function staleSentence(models: readonly ModelVerdict[], intervalMs: number, nowMs: number): Said | null {
  const heard = models.flatMap(({ endpoints }) => endpoints.flatMap(({ state }) => state.lastAtMs ?? []));
  if (heard.length === 0) return null;
  const lastAtMs = Math.max(...heard);
  if (nowMs - lastAtMs <= 2 * intervalMs) return null;
  return { text: `▲ The last answer is of ${moment(lastAtMs, nowMs)}; what follows is as of then.`, tone: 'warning' };
}
