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
  readonly token: string;
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
