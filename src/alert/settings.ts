import { z } from 'zod';
import { ALERT_RULES, type AlertRule, SEVERITIES } from '../domain/alarm.ts';
import type { AlertSettings, ChannelSettings, RuleSettings } from '../domain/settings.ts';
import { isSafeToCall } from '../lib/loopback.ts';
import { secretsInUrl } from '../lib/secrets-in-url.ts';

export interface ParsedAlerts {
  readonly settings: AlertSettings;
  /** What no log may show. */
  readonly secrets: readonly string[];
  /** Each names the place it is about, and repeats no value. */
  readonly problems: readonly string[];
}

const MINUTE_MS = 60_000;
const WEEK_MINUTES = 7 * 24 * 60;

const wholeNumber = (unit: string, min: number, max: number) => {
  const error = `must be a whole number of ${unit} from ${min} to ${max}`;
  return z.int(error).min(min, error).max(max, error);
};
const amount = (words: string, min: number, max: number) => {
  const error = `must be ${words} from ${min} to ${max}`;
  return z.number(error).min(min, error).max(max, error);
};

/** What is wrong with an object is said by what is allowed: a key may be a secret in the wrong place. */
const object = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.strictObject(shape, `must be an object with no other keys than ${Object.keys(shape).join(', ')}`);

const Patterns = (example: string) => {
  const error = `must be a list of patterns like "${example}"`;
  return z.array(z.string(error).min(1, error).max(200, error), error).min(1, error).default(['*']);
};
const Severity = z.enum(SEVERITIES, `must be one of ${SEVERITIES.join(', ')}`);
const OnOff = z.boolean('must be true or false');

const absentIsEmpty = (value: unknown) => (value === undefined ? {} : value);

/** Minutes, unless it says otherwise. `remind` 0: once is enough. */
function rule<Own extends z.ZodRawShape>(defaults: { readonly settle: number; readonly remind: number }, own: Own) {
  const remindError = `must be 0 (never), or a whole number of minutes from 60 to ${WEEK_MINUTES}`;
  const shape = {
    on: OnOff.default(true),
    severity: Severity.optional(),
    remindMinutes: z
      .int(remindError)
      .max(WEEK_MINUTES, remindError)
      .refine((minutes) => minutes === 0 || minutes >= 60, remindError)
      .default(defaults.remind),
    settleMinutes: wholeNumber('minutes', 0, WEEK_MINUTES).default(defaults.settle),
    channels: z.array(z.string('must be the name of a channel'), 'must be a list of channels').optional(),
    ...own,
  };
  return z.preprocess((value) => (typeof value === 'boolean' ? { on: value } : absentIsEmpty(value)), object(shape));
}

/** Of targets: whom, and after which time. */
const ofTargets = {
  afterMinutes: wholeNumber('minutes', 0, WEEK_MINUTES).default(0),
  models: Patterns('meta-llama/*'),
  providers: Patterns('groq'),
};
const HOUR = 60;
const DAY = 24 * HOUR;

const RULES = {
  outage: rule({ settle: 10, remind: HOUR }, { ...ofTargets, quorum: wholeNumber('places', 1, 100).default(1) }),
  slow: rule({ settle: 30, remind: 6 * HOUR }, ofTargets),
  change: rule({ settle: 0, remind: 0 }, ofTargets),
  different_model: rule({ settle: 30, remind: DAY }, ofTargets),
  feature_fails: rule({ settle: 30, remind: 0 }, ofTargets),
  account: rule({ settle: 10, remind: HOUR }, ofTargets),
  budget: rule({ settle: 0, remind: 0 }, { share: amount('a share', 0.1, 1).default(1) }),
  push: rule({ settle: 0, remind: HOUR }, { failures: wholeNumber('failures', 1, 1000).default(3) }),
  backlog: rule({ settle: 0, remind: 6 * HOUR }, { minutes: wholeNumber('minutes', 10, WEEK_MINUTES).default(DAY) }),
  calibration: rule({ settle: 2 * HOUR, remind: DAY }, { boundMs: amount('milliseconds', 1, 1000).default(5) }),
} as const satisfies Record<AlertRule, z.ZodType>;

/** Never a key of our own, so that no mistake in the file sends HF_TOKEN somewhere. */
const VARIABLE = /^ALERT_[A-Z0-9_]{1,60}$/;
const variable = z.string('must be the name of an environment variable').regex(VARIABLE, {
  error: 'must be the name of an environment variable that begins with ALERT_ (never the URL or the secret itself)',
});
const anyChannel = { urlFrom: variable, minSeverity: Severity.default('info') };
const TYPES = ['slack', 'discord', 'ntfy', 'webhook'] as const;
const Channel = z.discriminatedUnion(
  'type',
  [
    object({ type: z.literal('slack'), ...anyChannel }),
    object({ type: z.literal('discord'), ...anyChannel }),
    object({ type: z.literal('ntfy'), ...anyChannel, tokenFrom: variable.optional() }),
    object({ type: z.literal('webhook'), ...anyChannel, secretFrom: variable }),
  ],
  {
    error: ({ code }) =>
      `must be ${code === 'invalid_union' ? '' : 'an object with a type: '}one of ${TYPES.join(', ')}`,
  },
);
type Channel = z.infer<typeof Channel>;

const CHANNEL_NAME = /^[a-z0-9][a-z0-9_-]{0,31}$/;
const ALERTS = object({
  channels: z.record(z.string(), Channel, 'must be an object of name → channel').prefault({}),
  rules: z.preprocess(absentIsEmpty, object(RULES)),
});

/** Nobody is told anything. */
export const NO_ALERTS: AlertSettings = settingsOf(ALERTS.parse({}), []);

/**
 * Reads the text of `alerts.json`. URLs and secrets are not in it: a channel names the variable of the environment that holds them.
 *
 * @param environment blank values left out
 */
export function parseAlerts(text: string, environment: ReadonlyMap<string, string>): ParsedAlerts {
  const nothing = (problems: readonly string[]) => ({ settings: NO_ALERTS, secrets: [], problems });
  const value = jsonIn(text);
  if (value === undefined) return nothing(['is no JSON: look at its commas, quotes and brackets']);
  const parsed = ALERTS.safeParse(value);
  const names = Object.keys(Object(Object(value).channels));
  if (names.some((name) => !CHANNEL_NAME.test(name))) {
    return nothing(['channels: a name must be at most 32 of a-z, 0-9, "_" and "-", a letter or digit first']);
  }
  if (!parsed.success) {
    return nothing(parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`.trim()));
  }

  const channels: ChannelSettings[] = [];
  const secrets: string[] = [];
  const problems: string[] = [];
  for (const [name, channel] of Object.entries(parsed.data.channels)) {
    const found = resolved(name, channel, environment);
    problems.push(...found.problems.map((problem) => `channels.${name}.${problem}`));
    secrets.push(...found.secrets);
    if (found.channel !== null) channels.push(found.channel);
  }
  for (const [name, { channels: wanted }] of Object.entries(parsed.data.rules) as [AlertRule, Rule][]) {
    if (wanted?.some((channel) => !names.includes(channel)) === true) {
      problems.push(`rules.${name}.channels must be names of channels: ${names.join(', ') || 'there are none'}`);
    }
  }
  return problems.length > 0 ? nothing(problems) : { settings: settingsOf(parsed.data, channels), secrets, problems };
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    return undefined;
  }
}

/** With what the environment holds for it. */
function resolved(name: string, channel: Channel, environment: ReadonlyMap<string, string>) {
  const problems: string[] = [];
  const read = <Value>(key: string, variableName: string, allowed: string, of: (text: string) => Value | undefined) => {
    const text = environment.get(variableName);
    if (text === undefined) problems.push(`${key} names ${variableName}, which is not set`);
    const value = text === undefined ? undefined : of(text);
    if (text !== undefined && value === undefined) problems.push(`${key}: ${variableName} must hold ${allowed}`);
    return value ?? null;
  };
  const { type, urlFrom, minSeverity } = channel;
  const allowed = `an https URL (http only to this machine) without user name or password${type === 'ntfy' ? ', which ends in a topic' : ''}`;
  const url = read('urlFrom', urlFrom, allowed, (text) => {
    const found = URL.parse(text);
    if (found === null || !isSafeToCall(found) || found.username || found.password) return undefined;
    return type !== 'ntfy' || /\/[\w-]{1,64}$/.test(found.pathname) ? found : undefined;
  });
  const token =
    type === 'ntfy' && channel.tokenFrom !== undefined
      ? read('tokenFrom', channel.tokenFrom, 'an access token of ntfy', (text) =>
          /^[\x21-\x7e]+$/.test(text) ? text : undefined,
        )
      : null;
  const secret =
    type === 'webhook'
      ? read(
          'secretFrom',
          channel.secretFrom,
          'whsec_ and 24 to 64 bytes in base64, as `openssl rand -base64 32` makes them',
          signingSecret,
        )
      : null;
  const secrets = [...(url === null ? [] : secretsInUrl(url)), token, secret].filter((text) => text !== null);
  if (url === null || problems.length > 0) return { channel: null, secrets, problems };
  return { channel: { name, minSeverity, ...whereTo(type, url, token, secret) } as ChannelSettings, secrets, problems };
}

function whereTo(type: Channel['type'], url: URL, token: string | null, secret: string | null) {
  if (type !== 'ntfy') return { type, url: url.href, ...(secret !== null && { secret }) };
  const cut = url.pathname.lastIndexOf('/') + 1;
  return { type, url: url.origin + url.pathname.slice(0, cut), topic: url.pathname.slice(cut), token };
}

/** Standard Webhooks, "Signature scheme": base64 of 24 to 64 bytes, prefixed with `whsec_`. */
function signingSecret(text: string): string | undefined {
  const base64 = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text)?.[1] ?? '';
  const { length } = Buffer.from(base64, 'base64');
  return length >= 24 && length <= 64 ? base64 : undefined;
}

/** As parsed; those of our own have no `afterMinutes`, `models` and `providers`. */
interface Rule {
  readonly on: boolean;
  readonly severity?: RuleSettings['severity'];
  readonly remindMinutes: number;
  readonly settleMinutes: number;
  readonly channels?: readonly string[];
  readonly afterMinutes?: number;
  readonly models?: readonly string[];
  readonly providers?: readonly string[];
}

function settingsOf({ rules }: z.infer<typeof ALERTS>, channels: readonly ChannelSettings[]): AlertSettings {
  const entries = ALERT_RULES.map((name) => {
    const { on, severity, remindMinutes, settleMinutes, afterMinutes, models, providers, ...rule } = rules[
      name
    ] as Rule;
    const settings: RuleSettings = {
      isOn: on,
      severity: severity ?? null,
      afterMs: (afterMinutes ?? 0) * MINUTE_MS,
      remindMs: remindMinutes === 0 ? null : remindMinutes * MINUTE_MS,
      settleMs: settleMinutes * MINUTE_MS,
      models: models ?? ['*'],
      providers: providers ?? ['*'],
      channels: rule.channels ?? null,
    };
    return [name, settings] as const;
  });
  return {
    channels,
    rules: Object.fromEntries(entries) as AlertSettings['rules'],
    limits: {
      budgetShare: rules.budget.share,
      pushFailures: rules.push.failures,
      backlogMs: rules.backlog.minutes * MINUTE_MS,
      calibrationMs: rules.calibration.boundMs,
    },
    quorum: rules.outage.quorum,
  };
}
