import type { AlertRule, Severity } from './alarm.ts';

/** Settings as the stages take them: parsed once by config.ts, units in the names, trusted afterwards. */

export interface CatalogSettings {
  /** Origin of the Hub, no trailing slash. */
  readonly hubEndpoint: string;
  readonly routerEndpoint: string;
  /** How many trending models with live providers; 0: only `models`. */
  readonly modelsToFetch: number;
  /** Asked for by name, besides what trends. */
  readonly models: readonly string[];
}

/** Provider name → chat URL with `{providerId}` to fill in; `*` is the unified endpoint. Already rebased onto the router. */
export type ProviderMapping = ReadonlyMap<string, string>;

export interface ProbeSettings {
  /** Null: this process asks nobody, and needs the question alone. */
  readonly token: string | null;
  readonly billTo: string | null;
  /** The token goes to this origin (or loopback) and nowhere else. */
  readonly routerEndpoint: string;
  readonly mapping: ProviderMapping;
  readonly mode: 'stream' | 'plain';
  readonly prompt: string;
  readonly expected: string;
  readonly maxTokens: number;
  readonly retries: number;
  readonly limits: ProbeLimits;
  /** Hosts we trust; a network failure is ours only if every one of them fails too. */
  readonly controlUrls: readonly string[];
  /** A deadline that fired while our event loop was later than this is our fault. */
  readonly loopLagLimitMs: number;
}

/** The four deadlines of an attempt. */
export interface ProbeLimits {
  /** DNS to TLS done, from the call. */
  readonly connectMs: number;
  /** From sent; headers are inside it. */
  readonly firstTokenMs: number;
  /** Restarts on non-empty output. */
  readonly stallMs: number;
  /** From sent. */
  readonly totalMs: number;
}

export interface ScheduleSettings {
  readonly intervalMs: number;
  readonly concurrency: number;
  /** Null: no limit per provider. */
  readonly concurrencyPerProvider: number | null;
  readonly shutdownGraceMs: number;
  /** Of a UTC day; 0: nothing is asked. Null: no limit. */
  readonly budgetUsdPerDay: number | null;
}

export interface StoreSettings {
  readonly dataDir: string;
  readonly csvPath: string;
}

export interface RetentionSettings {
  /** Raw attempts of cycles due this many whole UTC days ago may go. */
  readonly days: number;
  /** Of the database and its journal; null: no limit. */
  readonly limitBytes: number | null;
  /** False (`PUSH=off`): they go by age alone, and never for want of room. */
  readonly onlyPushed: boolean;
}

export interface WebSettings {
  /** 0: nothing is served. */
  readonly port: number;
  /** Address or name to listen on. */
  readonly host: string;
  /** Who shows it may acknowledge, silence and ask anew; null: nobody may. */
  readonly adminToken: string | null;
  /** `https://host/prefix` under which readers find us, without a slash at the end; null: nobody has said. */
  readonly publicUrl: string | null;
  /** Hosts whose pages may show ours in a frame. */
  readonly embedIn: readonly string[];
  /** Networks of the proxies before us, whose `X-Forwarded-For` is believed (lib/networks.ts). */
  readonly trustedProxies: readonly string[];
}

export interface PushSettings {
  readonly token: string;
  /** `owner/name` of the dataset. */
  readonly repo: string;
  readonly hubEndpoint: string;
  /** Visibility of the dataset where we have to create it. */
  readonly isPublic: boolean;
  /** Path of the two-day CSV in the dataset; null: not written. */
  readonly csvFilename: string | null;
  readonly everyCycles: number;
}

/** The usual proxy variables of the environment. Null is unset. A URL may hold a password. */
export interface ProxySettings {
  readonly httpsProxy: string | null;
  readonly httpProxy: string | null;
  /** Hosts asked directly, comma list as written. */
  readonly noProxy: string | null;
}

/** What `alerts.json` says. URLs and secrets in it come from the environment. */
export interface AlertSettings {
  /** Without any, nobody is told anything. */
  readonly channels: readonly ChannelSettings[];
  readonly rules: Readonly<Record<AlertRule, RuleSettings>>;
  readonly limits: OwnLimits;
  /** So many places must see an outage before it is told, or all that look where fewer do. */
  readonly quorum: number;
}

interface AnyChannel {
  readonly name: string;
  /** Holds a secret: whoever knows it may post. */
  readonly url: string;
  /** What is less urgent is not told here. */
  readonly minSeverity: Severity;
}

export type ChannelSettings = AnyChannel &
  (
    | { readonly type: 'slack' | 'discord' }
    /** `url` is that of the server; `token` null: everybody may publish. */
    | { readonly type: 'ntfy'; readonly topic: string; readonly token: string | null }
    /** `secret` is base64, without `whsec_`. */
    | { readonly type: 'webhook'; readonly secret: string }
  );

/** Of which alarms, when and how often. */
export interface RuleSettings {
  readonly isOn: boolean;
  /** Instead of the alarm's own; null: its own. */
  readonly severity: Severity | null;
  /** It must have lasted that long. */
  readonly afterMs: number;
  /** From one message about it to the next, an hour or more; null: it is told once. */
  readonly remindMs: number | null;
  /** It must have been over that long: what begins again meanwhile never ended. */
  readonly settleMs: number;
  /** Patterns with `*`; an alarm about ourselves matches all. */
  readonly models: readonly string[];
  readonly providers: readonly string[];
  /** Names; null: all. */
  readonly channels: readonly string[] | null;
}

/** From where on something of our own is a trouble. */
export interface OwnLimits {
  /** Share of the budget of a day that is spent, 0 to 1. */
  readonly budgetShare: number;
  /** Pushes that failed in a row. */
  readonly pushFailures: number;
  /** Age of the oldest record that is not in the dataset. */
  readonly backlogMs: number;
  /** `instrument_error_p99_ms`. */
  readonly calibrationMs: number;
}

/** What a process does for the fleet: plans and leads, asks, pushes to the dataset, judges and shows. */
export const ROLES = ['schedule', 'probe', 'push', 'web'] as const;
export type Role = (typeof ROLES)[number];

/** What one process of a fleet at a time does: those that show take turns at judging. */
export const SINGLE_ROLES = ['schedule', 'judge', 'push'] as const;
export type SingleRole = (typeof SINGLE_ROLES)[number];
/** One process at a time has it, of all or of those at one place. */
export type HeldRole = SingleRole | `beside:${string}`;

/** What several processes share. */
export interface FleetSettings {
  /** Of PostgreSQL, with its password; never to be shown. */
  readonly databaseUrl: string;
  readonly roles: ReadonlySet<Role>;
}
