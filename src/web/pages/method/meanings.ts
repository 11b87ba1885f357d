import type { IncidentKind, Scope } from '../../../domain/incident.ts';
import type { ErrorClass, Outcome } from '../../../domain/outcome.ts';
import { BALANCED_WEIGHTS, COST_OF_A_FAILURE, LEAST_PRICE } from '../../../domain/rules.ts';
import type { Feature, Finding, FlagKind, Goal, Metric, State } from '../../../domain/verdict.ts';

/** What each word of the data means. A word without a meaning does not compile. */

export const FAULTS: Readonly<Record<Outcome, string>> = {
  ok: 'Nobody’s: the reply is what was asked for.',
  target_error: 'The provider’s. Only this lowers its availability.',
  router_error: 'The router’s: the host that all providers share could not be reached.',
  rate_limited: 'Nobody’s: we asked more often than we may.',
  account_error: 'Our account’s.',
  prober_error: 'Ours.',
  skipped: 'Nobody’s: it was not asked.',
};

export const CLASSES_MEAN: Readonly<Record<ErrorClass, string>> = {
  http_4xx: 'any 4xx status that is not named below',
  http_5xx: 'any 5xx status',
  connection_reset:
    'the connection broke; before the request was written that is the router’s fault, afterwards the provider’s',
  first_token_timeout: 'no output within the first-token deadline',
  stall_timeout: 'output stopped for the stall deadline',
  total_timeout: 'the total deadline passed with nothing arriving',
  wrong_format: 'status 200 with something other than what was asked: HTML, plain JSON for a stream, broken JSON',
  malformed_event: 'an event of the stream whose data is no JSON',
  error_in_reply: 'an error inside a reply of status 200',
  truncated_reply: 'the stream ended with neither a finish reason nor [DONE], or the body before it was complete',
  empty_reply: 'no output, or only reasoning though it says it finished',
  oversize_reply: 'more than 8 MiB',
  redirect_refused: 'any 3xx status: none is followed',
  decode_error: 'a content encoding that does not decode',
  protocol_error: 'broken HTTP: framing, header size, status line',
  dns: 'the name was not found',
  connect_refused: 'the connection was refused',
  connect_timeout: 'no connection within the connect deadline',
  tls: 'TLS failed',
  http_429: 'a rate limit',
  bad_token: 'status 401',
  no_credits: 'status 402',
  forbidden: 'status 403',
  model_not_supported: 'status 400 that says so',
  no_connectivity: 'the network failed, and every control host of ours failed too',
  overloaded: 'a deadline fired while our own event loop was late',
  internal: 'a fault in our program, or our proxy',
  budget: 'left out to keep within the day’s money; always whole rounds, so that comparisons stay paired',
  shutdown: 'we were stopped',
  delisted: 'it was listed within seven days and is no more; it counts as due',
  no_catalogue: 'nobody told us yet whom to ask',
  no_worker: 'no worker of this place was there to ask in time',
};

export const STATES_MEAN: Readonly<Record<State, string>> = {
  delisted: 'the catalogue lists it no more',
  no_data: 'nothing was sent for two intervals, or fewer than three of its last six attempts say anything about it',
  our_account: 'two attempts or more in a row were refused for our account',
  refuses_us: 'the same, while another provider accepted our token',
  down: 'failures in a row that chance does not explain, until two good replies in a row',
  limited: 'the last attempt met a rate limit, and so did half of the last six or more',
  slow: 'its first token or time per token rose above its own normal, by a step that noise does not explain',
  healthy: 'otherwise',
};

export const METRICS_MEAN: Readonly<Record<Metric, readonly [unit: string, meaning: string]>> = {
  ttftMs: ['ms', 'first token − request sent, of good replies'],
  ttfatMs: ['ms', 'first word of the answer, outside reasoning − request sent'],
  tpotMs: ['ms', '(last token − first token) / (output tokens − 1)'],
  e2eMs: ['ms', 'last token − request sent'],
  costUsd: ['USD', 'tokens the provider counted × the catalogue’s price in the same round'],
  completionTokens: ['tokens', 'output tokens as the provider counts them, reasoning among them'],
  priceUsdPerMtok: ['USD per million tokens', '(30 × input + 600 × output) / 630: that of a usual reply'],
  availability: ['share', 'ok / (ok + target_error) over first attempts'],
};

const percents = (share: number) => `${share * 100}%`;
const { firstToken, wholeReply, price, reliability } = BALANCED_WEIGHTS;

export const GOALS_MEAN: Readonly<Record<Goal, string>> = {
  balanced: `weighted mean of logarithms: first token ${percents(firstToken)}, whole reply ${percents(wholeReply)}, price ${percents(price)}, reliability ${percents(reliability)}, where reliability costs ln(1 + ${COST_OF_A_FAILURE} × (1 − lower bound of availability)) and a price counts as $${LEAST_PRICE} per million tokens at least`,
  fastest_start: 'paired ratio of first tokens; one that is slow now counts with its slowdown',
  fastest_output: 'paired ratio of times per token',
  cheapest: 'ratio of the prices of a usual reply',
  most_reliable: 'difference of availability over the rounds that both were asked in',
};

export const FEATURES_MEAN: Readonly<Record<Feature, string>> = {
  tool_call: 'calls the one function it is given, with arguments that follow its schema',
  json_schema: 'the whole answer follows a strict JSON schema',
  system_prompt: 'does what the system prompt says, against what the user asks',
  stop: 'stops before the stop word',
  seed: 'gives the same answer twice for the same seed',
  cache: 'reports cached tokens for the second of two equal prompts, and starts it sooner',
};

export const FLAGS_MEAN: Readonly<Record<FlagKind, string>> = {
  prompt_tokens: 'the same question suddenly counts as another number of tokens',
  answers: 'more wrong answers than before, or than others give',
  answer_length: 'answers became longer or shorter, set against others in the same rounds',
  response_model: 'the reply names another model',
  fingerprint: 'the reply has another system fingerprint',
  chunking: 'the stream is cut into chunks differently',
  truncation: 'more answers cut by their length',
  repetition: 'more answers that repeat themselves',
};

export const KINDS_MEAN: Readonly<Record<IncidentKind, string>> = {
  outage: 'a run of failures that chance does not explain',
  slow: 'a step upwards of first token or time per token',
  change: 'a step of price, length or availability',
  different_model: 'strong signs of another model, or another set-up of it',
  feature_fails: 'an advertised feature that does not work',
  account: 'refusals for our account',
};

export const SCOPES_MEAN: Readonly<Record<Scope, string>> = {
  endpoint: 'one model at one provider',
  provider: '80% of the provider’s models fail, two at least',
  model: '80% of the model’s providers fail, two at least',
  router: 'half of everybody meets faults of the router, or 80% of everybody fails',
  us: 'half of everybody meets faults of ours: nobody else is judged meanwhile',
};

/** Of the last three attempts over three intervals, unless it says otherwise. */
export const FINDINGS_MEAN: Readonly<Record<Finding, string>> = {
  answers: 'most were answered, the last one among them',
  down: 'all failed by the target’s or the router’s fault',
  provider_down: 'the same, and so did 80% of what the provider was asked for other models',
  model_down: 'the same, and so did 80% of what other providers were asked for the model',
  router_down: 'the same, and so did 80% of everything else; or all of them failed at the router',
  limited: 'all met a rate limit',
  our_account: 'all were refused for our account',
  refuses_us: 'the same, while somebody else accepted our token',
  offline: 'half of all that was sent met faults of ours',
  down_from_here: 'it is down from here, and answers from another place',
  down_elsewhere: 'it answers from here, and is down from another place',
  mixed: 'otherwise',
  too_early: 'there are fewer than three',
};
