import { z } from 'zod';
import { DEFAULT_ALERTS_PATH } from './alert/alerts-file.ts';
import { databaseUrl } from './database-url.ts';
import { ROLES } from './domain/settings.ts';
import { editDistance } from './lib/edit-distance.ts';
import { isSafeToCall } from './lib/loopback.ts';
import { isNetwork } from './lib/networks.ts';
import { amount, list, matching, oneOf, seconds, setting, whole } from './lib/setting.ts';
import { DEFAULT_ROUTER } from './mapping.ts';

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
const ORIGIN = 'an https origin (http only to this machine) without path, user name or password';
const HEARTBEAT = 'an https URL (http only to this machine) without user name, password or "#" part';
const CONTROL_URL = 'https URLs (http only to this machine) without user name or password';
const PUBLIC_URL =
  'an http or https URL without user name, password, "?" or "#" part, its path of letters, digits, ".", "_" and "-"';
const DATABASE_URL =
  'a PostgreSQL URL: postgres://user:password@host:port/database, with or without ?sslmode= as libpq names it';
const HOST_NAME = /^(\*\.)?[a-z\d]([a-z\d-]*[a-z\d])?(\.[a-z\d]([a-z\d-]*[a-z\d])?)*(:\d{1,5})?$/i;
const REPO = /^[a-z0-9][\w.-]{0,95}\/[a-z0-9][\w.-]{0,95}$/i;

/** Every key there is, what it may hold and its default. `.env.example` has the same keys in the same order. */
export const ENVIRONMENT = z.object({
  HF_TOKEN: matching(/^[\x21-\x7e]+$/, 'a token: printable ASCII without spaces').optional(),
  HF_HUB_TOKEN: matching(
    /^hf_[\x21-\x7e]+$/,
    'a token of the Hub: printable ASCII without spaces, beginning with hf_',
  ).optional(),
  HF_DATASET_REPO_ID: matching(REPO, 'a dataset as owner/name').optional(),
  HF_DATASET_TARGET_FILENAME: setting(
    'a path in the dataset (parts of letters, digits, ".", "_", "-"; not in data/, csv/, daily/, not its README.md), or off',
    (text) => (text === 'off' ? null : datasetPath(text)),
  ).prefault('metrics.csv'),
  HF_DATASET_PUBLIC: oneOf(['on', 'off']).prefault('off'),
  IMPORT_AT_START: matching(/^[\w-]{1,64}$/, "on, off, or a writer's id").prefault('off'),
  SCHEDULE_INTERVAL_SECONDS: seconds(10, 604_800).prefault('1800'),
  PUSH_INTERVAL_CYCLES: whole('cycles', 1, 100_000).prefault('6'),
  MODELS_TO_FETCH: whole('models', 0, 500).prefault('5'),
  MAX_TOKENS_DEFAULT: whole('tokens', 1, 1_000_000).prefault('4096'),
  PROVIDER_ENDPOINT_MAPPING_PATH: z.string().prefault('./provider_mapping.json'),
  LOCAL_CSV_PATH: z.string().prefault('./metrics_buffer.csv'),
  LOG_LEVEL: oneOf(LOG_LEVELS).prefault('info'),
  PUSH: oneOf(['on', 'off']).prefault('on'),
  HF_ENDPOINT: setting(ORIGIN, origin).prefault('https://huggingface.co'),
  HF_ROUTER_ENDPOINT: setting(ORIGIN, origin).prefault(DEFAULT_ROUTER),
  HF_BILL_TO: matching(/^\w[\w.-]{0,95}$/, 'the name of an organisation').optional(),
  MODELS: list('models as org/name', (text) => (REPO.test(text) ? text : undefined)).optional(),
  PROBE_MODE: oneOf(['stream', 'plain']).prefault('stream'),
  PROBE_PROMPT: setting('at most 10000 characters', prompt).prefault('Solve this: 123/2*3.2*9'),
  PROBE_EXPECTED: matching(/^-?\d+(\.\d+)?$/, 'the number in which a right answer ends').prefault('1771.2'),
  PROBE_CONCURRENCY: whole('probes', 1, 1000).prefault('32'),
  PROBE_CONCURRENCY_PER_PROVIDER: whole('probes', 0, 1000).prefault('4'),
  PROBE_RETRIES: whole('retries', 0, 10).prefault('2'),
  CONNECT_TIMEOUT_SECONDS: seconds(1, 3600).prefault('10'),
  FIRST_TOKEN_TIMEOUT_SECONDS: seconds(1, 3600).prefault('120'),
  STALL_TIMEOUT_SECONDS: seconds(1, 3600).prefault('30'),
  TOTAL_TIMEOUT_SECONDS: seconds(1, 86_400).prefault('300'),
  DATA_DIR: z.string().prefault('./data'),
  RETENTION_DAYS: whole('days', 1, 36_500).prefault('90'),
  STORE_LIMIT_MB: whole('megabytes', 50, 100_000_000).optional(),
  LOCATION: matching(
    /^[a-z0-9][a-z0-9._-]{0,63}$/,
    'at most 64 of a-z, 0-9, ".", "_" and "-", a letter or digit first (it is published)',
  ).prefault('local'),
  SHUTDOWN_GRACE_SECONDS: seconds(0, 3600).prefault('20'),
  CONTROL_URLS: list(CONTROL_URL, (text) => callable(text)?.href).optional(),
  LOOP_LAG_LIMIT_MS: whole('milliseconds', 1, 60_000).prefault('50'),
  BUDGET_USD_PER_DAY: amount('USD', 1_000_000).optional(),
  PORT: setting('a TCP port, 0 to 65535', port).prefault('7860'),
  HOST: matching(/^[a-z\d.:-]{1,253}$/i, 'an address of this machine, or a name of it').prefault('127.0.0.1'),
  PUBLIC_URL: setting(PUBLIC_URL, publicUrl).optional(),
  EMBED_IN: list('hosts, each without scheme and path', (text) => (HOST_NAME.test(text) ? text : undefined)).optional(),
  TRUSTED_PROXIES: list('loopback, private, addresses and networks like 192.0.2.0/24', (text) =>
    isNetwork(text) ? text : undefined,
  ).optional(),
  ADMIN_TOKEN: matching(
    /^[\x21-\x7e]{24,200}$/,
    'a token of 24 to 200 printable ASCII characters without spaces',
  ).optional(),
  ALERTS_PATH: z
    .string()
    .transform((text) => (text === 'off' ? null : text))
    .prefault(DEFAULT_ALERTS_PATH),
  HEARTBEAT_URL: setting(HEARTBEAT, (text) => callable(text)?.href).optional(),
  DATABASE_URL: setting(DATABASE_URL, databaseUrl).optional(),
  ROLES: list(`roles of ${ROLES.join(', ')}`, (text) => ROLES.find((role) => role === text)).optional(),
});

type Key = keyof typeof ENVIRONMENT.shape;
export const SETTING_KEYS = Object.keys(ENVIRONMENT.shape) as readonly Key[];

/** What opens a door by itself. */
export const TOKEN_KEYS = ['HF_TOKEN', 'HF_HUB_TOKEN', 'ADMIN_TOKEN'] as const satisfies readonly Key[];

/** Values that no message repeats: tokens, and URLs, which may hold a password. */
export const UNSPOKEN: ReadonlySet<string> = new Set<Key>([
  ...TOKEN_KEYS,
  'HF_ENDPOINT',
  'HF_ROUTER_ENDPOINT',
  'CONTROL_URLS',
  'HEARTBEAT_URL',
  'DATABASE_URL',
]);

function callable(text: string): URL | undefined {
  const url = URL.parse(text);
  return url && isSafeToCall(url) && !url.username && !url.password && !url.hash ? url : undefined;
}

function origin(text: string): string | undefined {
  const url = callable(text);
  return url && url.pathname === '/' && !url.search ? url.origin : undefined;
}

function publicUrl(text: string): string | undefined {
  const url = URL.parse(text);
  const isPlain = url && /^https?:$/.test(url.protocol) && !url.username && !url.password && !url.search && !url.hash;
  return isPlain && /^(\/[\w.-]+)*\/?$/.test(url.pathname) ? url.href.replace(/\/$/, '') : undefined;
}

/** Not where our other files live: the two-day file is overwritten at each push. */
function datasetPath(text: string): string | undefined {
  const plain = text.length <= 200 && text.split('/').every((part) => /^\w[\w.-]*$/.test(part));
  return plain && !/^((data|csv|daily)\/|README\.md$)/i.test(text) ? text : undefined;
}

function port(text: string): number | undefined {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : undefined;
}

function prompt(text: string): string | undefined {
  return text.length <= 10_000 ? text.toWellFormed() : undefined;
}

const OUR_PREFIX =
  /^(HF|PROBE|PUSH|MODELS|SCHEDULE|CONTROL|LOOP|BUDGET|PROVIDER_ENDPOINT|LOCAL_CSV|FIRST_TOKEN|STALL)_/;
/** Of the other tools of Hugging Face: huggingface_hub, datasets, transformers, evaluate, Xet. */
const OTHER_TOOLS =
  /^HF_(HOME|TOKEN_PATH|STORED_TOKENS_PATH|API_TOKEN|DEBUG|INFERENCE_ENDPOINT|(ASSETS|MODULES)_CACHE|(HUB|XET|DATASETS|EVALUATE|METRICS|TRANSFORMERS|ENABLE|REMOTES|MIRROR|LEROBOT)_\w+)$/;

/** A sentence for each key that looks like a setting and is none; keys of other programs are passed over. */
export function uselessKeys(keys: Iterable<string>): readonly string[] {
  return [...keys].flatMap((key) => {
    if ((SETTING_KEYS as readonly string[]).includes(key)) return [];
    const meant = SETTING_KEYS.find((known) => editDistance(key, known) <= (OUR_PREFIX.test(key) ? 2 : 1));
    if (meant && key.length >= 7) return [`${key} is no setting: did you mean ${meant}?`];
    return OUR_PREFIX.test(key) && !OTHER_TOOLS.test(key) ? [`${key} is no setting and has no effect`] : [];
  });
}
