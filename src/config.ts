import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { readAlerts } from './alert/alerts-file.ts';
import { databaseProblems, databaseWarnings, secretsOfDatabase } from './database-url.ts';
import {
  type AlertSettings,
  type CatalogSettings,
  type FleetSettings,
  type ProbeSettings,
  type ProviderMapping,
  type ProxySettings,
  type PushSettings,
  type RetentionSettings,
  ROLES,
  type Role,
  type ScheduleSettings,
  type StoreSettings,
  type WebSettings,
} from './domain/settings.ts';
import { ENVIRONMENT, TOKEN_KEYS, UNSPOKEN, uselessKeys } from './environment.ts';
import { isLoopback } from './lib/loopback.ts';
import { createRedactor } from './lib/redact.ts';
import { secretsInUrl } from './lib/secrets-in-url.ts';
import { visible } from './lib/visible.ts';
import { DEFAULT_ROUTER, parseMapping } from './mapping.ts';

/** What a command cannot do without: a token to ask with, the two settings to push with. */
export interface Need {
  readonly inference: boolean;
  readonly hub: boolean;
}

/** Everything the environment says, read once. */
export interface Config {
  readonly catalog: CatalogSettings;
  readonly mapping: ProviderMapping;
  readonly probe: ProbeSettings;
  /** `max_tokens` of a request: what a reply may cost at most. */
  readonly maxTokens: number;
  readonly schedule: ScheduleSettings;
  readonly store: StoreSettings;
  readonly retention: RetentionSettings;
  readonly web: WebSettings;
  /** Null: everything is kept in DATA_DIR, by this process alone. */
  readonly fleet: FleetSettings | null;
  /** Null: `PUSH=off`, or a setting for it is absent and the command does without. */
  readonly push: PushSettings | null;
  /** The dataset with which the daemon fills an empty store, and as which writer (null: the one of this location); null: none. */
  readonly importAtStart: { readonly repo: string; readonly writer: string | null } | null;
  /** Null: a command that only reads from the Hub reads what is public. */
  readonly hubToken: string | null;
  readonly alerts: AlertSettings;
  /** Asked for after each complete cycle; null: nobody listens. */
  readonly heartbeatUrl: string | null;
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  readonly location: string;
  readonly proxy: ProxySettings;
  /** Never to be shown: tokens (that of the administrator too), and passwords of proxies. */
  readonly secrets: readonly string[];
  /** Of hooks: they reach no data, so that only logs and alerts are searched for them. */
  readonly alertSecrets: readonly string[];
  /** For the log: settings that do not do what they seem to. */
  readonly warnings: readonly string[];
}

/** Every problem of the settings at once, each naming its key and what is allowed; no secret is repeated. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];
  /** Keys that look like settings and are none: often why another one is missing. */
  readonly warnings: readonly string[];

  constructor(problems: readonly string[], warnings: readonly string[] = []) {
    super(['The settings are wrong:', ...problems.map((problem) => `  ${problem}`)].join('\n'));
    this.problems = problems;
    this.warnings = warnings;
  }
}

const REQUIRED_TO_ASK = {
  HF_TOKEN:
    'is required: a token that may call Inference Providers, from https://huggingface.co/settings/tokens (to look around without one: npm run demo)',
};
const REQUIRED_TO_PUSH = {
  HF_HUB_TOKEN: 'is required to push: a token that may write to the dataset, beginning with hf_ (or set PUSH=off)',
  HF_DATASET_REPO_ID: 'is required to push: the dataset as owner/name (or set PUSH=off)',
};
/** Answers an empty 204 to everybody, from a network that is not the Hub's. */
const WELL_KNOWN_HOST = 'https://www.gstatic.com/generate_204';

/** A month has less than 10,000 of them. */
const SHORTEST_PUSH_INTERVAL_MS = 5 * 60_000;

type Given = ReadonlyMap<string, string>;

/**
 * The environment as one typed value. Blank means absent; white space around a value is not part of it.
 *
 * @param baseDir absolute folder from which relative paths start
 * @throws ConfigError
 */
export function parseConfig(
  environment: Readonly<Record<string, string | undefined>>,
  { baseDir, need }: { readonly baseDir: string; readonly need: Need },
): Config {
  const given: Given = new Map(
    Object.entries(environment).flatMap(([key, text]) => (text?.trim() ? [[key, text.trim()]] : [])),
  );
  const parsed = ENVIRONMENT.safeParse(Object.fromEntries(given));
  const proxy = readProxy(given);
  const mapping = readMapping(given, baseDir);
  const alerts = readAlerts(ENVIRONMENT.shape.ALERTS_PATH.parse(given.get('ALERTS_PATH')), baseDir, given);
  const problems = [
    ...missing(given, need),
    ...(parsed.error?.issues ?? []).map(({ path, message }) => describe(String(path[0]), message, given)),
    ...proxy.problems,
    ...mapping.problems,
    ...alerts.problems,
    ...importProblems(given),
    ...fleetProblems(given),
    ...(given.get('MODELS_TO_FETCH') === '0' && !given.has('MODELS')
      ? ['MODELS_TO_FETCH is 0 and MODELS is blank: there is nothing to ask; give one of them']
      : []),
  ];
  const warnings = [...uselessKeys(given.keys()), ...mapping.warnings];
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems, warnings);

  const { data } = parsed;
  if (given.has('PROBE_PROMPT') && !given.has('PROBE_EXPECTED')) {
    warnings.push('PROBE_PROMPT is set and PROBE_EXPECTED is not: answers are judged by that of the default question');
  }
  const probe: ProbeSettings = {
    token: data.HF_TOKEN ?? null,
    billTo: data.HF_BILL_TO ?? null,
    routerEndpoint: data.HF_ROUTER_ENDPOINT,
    mapping: mapping.mapping,
    mode: data.PROBE_MODE,
    prompt: data.PROBE_PROMPT,
    expected: data.PROBE_EXPECTED,
    maxTokens: data.MAX_TOKENS_DEFAULT,
    retries: data.PROBE_RETRIES,
    limits: {
      connectMs: data.CONNECT_TIMEOUT_SECONDS,
      firstTokenMs: data.FIRST_TOKEN_TIMEOUT_SECONDS,
      stallMs: data.STALL_TIMEOUT_SECONDS,
      totalMs: data.TOTAL_TIMEOUT_SECONDS,
    },
    controlUrls: data.CONTROL_URLS ?? defaultControlUrls(data.HF_ENDPOINT),
    loopLagLimitMs: data.LOOP_LAG_LIMIT_MS,
  };
  if (data.DATABASE_URL) warnings.push(...databaseWarnings(data.DATABASE_URL));
  const pushEveryMs = data.SCHEDULE_INTERVAL_SECONDS * data.PUSH_INTERVAL_CYCLES;
  if (data.PUSH === 'on' && pushEveryMs < SHORTEST_PUSH_INTERVAL_MS && !isLoopback(new URL(data.HF_ENDPOINT))) {
    warnings.push(
      `SCHEDULE_INTERVAL_SECONDS × PUSH_INTERVAL_CYCLES is a push every ${pushEveryMs / 1000} s: the Hub takes 128 commits an hour and 10,000 files a folder, which is a month here; make it 300 s or more`,
    );
  }
  const push: PushSettings | null =
    data.PUSH === 'on' && data.HF_HUB_TOKEN && data.HF_DATASET_REPO_ID
      ? {
          token: data.HF_HUB_TOKEN,
          repo: data.HF_DATASET_REPO_ID,
          hubEndpoint: data.HF_ENDPOINT,
          isPublic: data.HF_DATASET_PUBLIC === 'on',
          csvFilename: data.HF_DATASET_TARGET_FILENAME,
          everyCycles: data.PUSH_INTERVAL_CYCLES,
        }
      : null;
  return {
    catalog: {
      hubEndpoint: data.HF_ENDPOINT,
      routerEndpoint: data.HF_ROUTER_ENDPOINT,
      modelsToFetch: data.MODELS_TO_FETCH,
      models: data.MODELS ?? [],
    },
    mapping: mapping.mapping,
    probe,
    maxTokens: data.MAX_TOKENS_DEFAULT,
    schedule: {
      intervalMs: data.SCHEDULE_INTERVAL_SECONDS,
      concurrency: data.PROBE_CONCURRENCY,
      concurrencyPerProvider: data.PROBE_CONCURRENCY_PER_PROVIDER || null,
      shutdownGraceMs: data.SHUTDOWN_GRACE_SECONDS,
      budgetUsdPerDay: data.BUDGET_USD_PER_DAY ?? null,
    },
    store: { dataDir: resolve(baseDir, data.DATA_DIR), csvPath: resolve(baseDir, data.LOCAL_CSV_PATH) },
    retention: {
      days: data.RETENTION_DAYS,
      limitBytes: data.STORE_LIMIT_MB === undefined ? null : data.STORE_LIMIT_MB * 1_000_000,
      onlyPushed: data.PUSH === 'on',
    },
    web: {
      port: hasRole('web', given) || given.has('PORT') ? data.PORT : 0,
      host: data.HOST,
      adminToken: data.ADMIN_TOKEN ?? null,
      publicUrl: data.PUBLIC_URL ?? null,
      embedIn: data.EMBED_IN ?? [],
      trustedProxies: data.TRUSTED_PROXIES ?? [],
    },
    fleet: data.DATABASE_URL ? { databaseUrl: data.DATABASE_URL, roles: new Set(data.ROLES ?? ROLES) } : null,
    push,
    importAtStart:
      data.IMPORT_AT_START === 'off' || !data.HF_DATASET_REPO_ID
        ? null
        : { repo: data.HF_DATASET_REPO_ID, writer: data.IMPORT_AT_START === 'on' ? null : data.IMPORT_AT_START },
    hubToken: data.HF_HUB_TOKEN ?? null,
    alerts: alerts.settings,
    heartbeatUrl: data.HEARTBEAT_URL ?? null,
    logLevel: data.LOG_LEVEL,
    location: data.LOCATION,
    proxy: proxy.settings,
    secrets: [
      ...TOKEN_KEYS.map((key) => data[key]),
      ...proxy.passwords,
      ...secretsOfDatabase(data.DATABASE_URL),
    ].filter((secret) => secret !== undefined),
    alertSecrets: [...alerts.secrets, ...(data.HEARTBEAT_URL ? secretsInUrl(new URL(data.HEARTBEAT_URL)) : [])],
    warnings,
  };
}

function missing(given: Given, need: Need): readonly string[] {
  const required = {
    ...(need.inference && hasRole('probe', given) ? REQUIRED_TO_ASK : {}),
    ...(need.hub && hasRole('push', given) && given.get('PUSH') !== 'off' ? REQUIRED_TO_PUSH : {}),
  };
  return Object.entries(required).flatMap(([key, why]) => (given.has(key) ? [] : [`${key} ${why}`]));
}

/** Without a shared database one process does everything. */
function hasRole(role: Role, given: Given): boolean {
  const roles = ENVIRONMENT.shape.ROLES.safeParse(given.get('ROLES')).data;
  return !given.has('DATABASE_URL') || !roles || roles.includes(role);
}

function fleetProblems(given: Given): readonly string[] {
  const url = given.get('DATABASE_URL');
  if (url === undefined) {
    return given.has('ROLES')
      ? ['ROLES divides the work of a fleet, and DATABASE_URL is blank: give it, or no ROLES']
      : [];
  }
  const imports = (given.get('IMPORT_AT_START') ?? 'off') !== 'off';
  return [
    ...databaseProblems(url),
    ...(imports
      ? ['IMPORT_AT_START fills an empty DATA_DIR, and with DATABASE_URL the data is in the database: set one of them']
      : []),
  ];
}

/** `LOG_LEVEL must be one of …, not "loud"`; a token in the wrong place is not repeated either. */
function describe(key: string, message: string, given: Given): string {
  if (UNSPOKEN.has(key)) return `${key} ${message}`;
  const redact = createRedactor(TOKEN_KEYS.map((key) => given.get(key) ?? ''));
  return `${key} ${message}, not "${visible(redact(given.get(key) ?? '')).slice(0, 80)}"`;
}

/** A Hub on this machine is a rehearsal: then nobody else is asked whether we are online. */
function defaultControlUrls(hubEndpoint: string): readonly string[] {
  return isLoopback(new URL(hubEndpoint)) ? [hubEndpoint] : [hubEndpoint, WELL_KNOWN_HOST];
}

function importProblems(given: Given): readonly string[] {
  if ((given.get('IMPORT_AT_START') ?? 'off') === 'off') return [];
  return [
    ...(given.has('HF_DATASET_REPO_ID')
      ? []
      : ['IMPORT_AT_START is on and HF_DATASET_REPO_ID is blank: there is nothing to import']),
    ...(given.get('PUSH') === 'off'
      ? ['IMPORT_AT_START brings back what was pushed, and PUSH is off: set one of them']
      : []),
  ];
}

function readProxy(given: Given) {
  const problems: string[] = [];
  const passwords: string[] = [];
  const urlOf = (key: string): string | null => {
    const text = given.get(key.toLowerCase()) ?? given.get(key);
    if (text === undefined) return null;
    const url = URL.parse(text.includes('://') ? text : `http://${text}`);
    if (url?.password) passwords.push(url.password, decodeURIComponent(url.password));
    if (url && /^https?:$/.test(url.protocol)) return url.href;
    problems.push(`${key} must be the http or https URL of a proxy`);
    return null;
  };
  const settings: ProxySettings = {
    httpsProxy: urlOf('HTTPS_PROXY'),
    httpProxy: urlOf('HTTP_PROXY'),
    noProxy: given.get('no_proxy') ?? given.get('NO_PROXY') ?? null,
  };
  return { settings, problems, passwords };
}

function readMapping(given: Given, baseDir: string) {
  const { PROVIDER_ENDPOINT_MAPPING_PATH: pathShape, HF_ROUTER_ENDPOINT: routerShape } = ENVIRONMENT.shape;
  const path = pathShape.parse(given.get('PROVIDER_ENDPOINT_MAPPING_PATH'));
  const router = routerShape.safeParse(given.get('HF_ROUTER_ENDPOINT')).data ?? DEFAULT_ROUTER;
  const named = (text: string) => `PROVIDER_ENDPOINT_MAPPING_PATH (${visible(path)}) ${text}`;
  try {
    const { mapping, problems, warnings } = parseMapping(readFileSync(resolve(baseDir, path), 'utf8'), router);
    return { mapping, problems: problems.map(named), warnings: warnings.map(named) };
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code;
    const why = reason === 'ENOENT' ? 'names a file that is not there' : `names a file that cannot be read (${reason})`;
    return {
      mapping: new Map<string, string>(),
      problems: [named(`${why}; it must be a JSON object of provider name → chat URL`)],
      warnings: [],
    };
  }
}
