import type { z } from 'zod';
import type { Endpoint } from '../domain/incident.ts';
import type { ProbeLimits } from '../domain/settings.ts';
import type { Redact } from '../lib/redact.ts';
import type { AttemptReader, Clock, Health, IncidentStore, Knowledge, Log } from '../ports.ts';
import type { Metrics } from './metrics.ts';
import type { News } from './news.ts';
import type { Site } from './site.ts';

/** How the program was set up, as far as everybody may know. */
export interface Setup {
  /** Null: nothing is pushed. */
  readonly dataset: { readonly repo: string /** Null: it is on no public Hub. */; readonly url: string | null } | null;
  readonly prompt: string;
  readonly expected: string;
  readonly maxTokens: number;
  readonly mode: 'stream' | 'plain';
  readonly retries: number;
  readonly limits: ProbeLimits;
  /** From cycle to cycle. */
  readonly intervalMs: number;
  readonly retentionDays: number;
}

/** What is asked by the web, of whom. */
export interface WebParts {
  readonly knowledge: Knowledge;
  readonly incidents: IncidentStore;
  readonly attempts: AttemptReader;
  readonly metrics: Metrics;
  readonly news: News;
  readonly health: () => Promise<Health>;
  readonly setup: Setup;
  /** Not ready any more once a record waits this long for the dataset. */
  readonly backlogLimitMs: number;
  /** Asks it now, beside the schedule. @returns false: it is no live target */
  readonly probeNow: (endpoint: Endpoint) => Promise<boolean>;
  /** Null: there is no administrator. */
  readonly adminToken: string | null;
  /** The store's id: the same incident in two stores is two entries of feeds. */
  readonly writer: string;
  readonly version: string;
  readonly site: Site;
  readonly clock: Pick<Clock, 'nowMs' | 'monotonicMs'>;
  readonly redact: Redact;
  readonly log: Log;
}

type Written = string | Uint8Array;

/** How a published value is written, where not as JSON. */
interface Rendering {
  readonly type: string;
  readonly text: (value: never, site: Site) => Written | Promise<Written>;
  /** What a reader of JSON may rely on, where that is not what is published. */
  readonly schema?: z.ZodType;
}

/** One thing that may be asked. The list of them is all there is. */
export interface Route {
  readonly method: 'get' | 'post' | 'delete';
  /** As OpenAPI has it: `/api/v1/models/{org}/{name}`. */
  readonly path: string;
  readonly id: string;
  /** `pages` are for people; the API's description has the others. */
  readonly tag: 'verdicts' | 'records' | 'embeds' | 'operation' | 'administration' | 'pages';
  readonly summary: string;
  /** Of the path and of the query; every other one is refused. */
  readonly parameters: z.ZodObject;
  readonly body: z.ZodObject | null;
  /** What is published of the answer. */
  readonly answer: z.ZodType;
  readonly rendering: Rendering | null;
  /** How long others may keep it, in seconds. */
  readonly keepSeconds: number;
  /** The same until knowledge has a new revision; others are made anew each second, for all who ask. */
  readonly restsOnKnowledge: boolean;
  /** Not one answer but events as long as somebody listens; what is published is what each says. */
  readonly isStream: boolean;
  /** Not counted against the client: a flood of others behind the same address must not make us look dead. */
  readonly unlimited: boolean;
  /** Those an answer may have, and which one it has. */
  readonly statuses: readonly Status[];
  readonly status: (answer: never) => Status;
  /** Null: there is no such thing. Values have the names of data. */
  handle(parameters: Record<string, unknown>, parts: WebParts, body: Record<string, unknown>): unknown;
}

type Status = 200 | 202 | 404 | 503;
type Values<Schema> = Schema extends z.ZodType<infer Value> ? Value : never;

/** A route with what most have in common; the types of its parameters follow from their schema. */
export function route<Parameters extends z.ZodObject, Answer extends z.ZodType, Body extends z.ZodObject>(
  given: Pick<Route, 'path' | 'id' | 'tag' | 'summary'> &
    Partial<Pick<Route, 'method' | 'statuses' | 'keepSeconds' | 'restsOnKnowledge' | 'isStream' | 'unlimited'>> & {
      readonly parameters: Parameters;
      readonly body?: Body;
      readonly answer: Answer;
      readonly rendering?: Omit<Rendering, 'text'> & {
        readonly text: (value: Values<Answer>, site: Site) => Written | Promise<Written>;
      };
      readonly status?: (answer: Values<Answer>) => Status;
      readonly handle: (parameters: Values<Parameters>, parts: WebParts, body: Values<Body>) => unknown;
    },
): Route {
  return {
    method: 'get',
    body: null,
    rendering: null,
    keepSeconds: 30,
    restsOnKnowledge: false,
    isStream: false,
    unlimited: false,
    statuses: [200],
    status: () => given.statuses?.[0] ?? 200,
    ...given,
    handle: given.handle as Route['handle'],
  };
}
