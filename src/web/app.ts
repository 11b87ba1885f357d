import { type Context, Hono } from 'hono';
import { secureHeaders } from 'hono/secure-headers';
import { getPath } from 'hono/utils/url';
import { z } from 'zod';
import { names } from '../lib/lists.ts';
import { isAdministrator } from './administrator.ts';
import { type Answer, AnswerCache, answerOf } from './answers.ts';
import { problemPage } from './pages/problem-page.tsx';
import { NOTHING_THERE, Problem, problemOf, wrong } from './problem.ts';
import { createPublisher, type Publish } from './publish.ts';
import { type Rate, RateLimit } from './rate-limit.ts';
import type { Route, WebParts } from './route.ts';
import { ROUTES } from './routes/all.ts';
import { Problem as ProblemSchema } from './schemas/answers.ts';
import { pathWithin, type Site } from './site.ts';

/** Beside a request: who asks, as `clientAddress` has it. */
export interface Env {
  readonly Bindings: {
    readonly address: string;
    /** However long nothing is sent, the answer to this request goes on. */
    readonly stayOpen: () => void;
  };
  /** Whether a person asks, who reads what went wrong as a page. */
  readonly Variables: { isPage: boolean };
}

/** What a page may load: its own, from where it came from. Nothing else may run or load anything. */
const PAGE_POLICY = [
  "default-src 'none'",
  ...['style-src', 'script-src', 'font-src', 'connect-src', 'form-action'].map((directive) => `${directive} 'self'`),
  "img-src 'self' data:",
  "base-uri 'none'",
].join('; ');
const DATA_POLICY = "default-src 'none'";

export interface Limits {
  readonly reading: Rate;
  readonly administration: Rate;
}

/** A page of the dashboard asks a dozen times at once; a person who guesses tokens does not get far. */
const LIMITS: Limits = {
  reading: { burst: 120, perSecond: 10 },
  administration: { burst: 10, perSecond: 0.1 },
};

const HTML = 'text/html; charset=utf-8';
const LONGEST_BODY_BYTES = 4096;
const LONGEST_URL = 2048;

/** @param served all that may be asked */
export function createApp(parts: WebParts, limits: Limits = LIMITS, served: readonly Route[] = ROUTES): Hono<Env> {
  const { site } = parts;
  const app = new Hono<Env>({ getPath: (request) => pathWithin(site, getPath(request)) });
  const publish = createPublisher(parts.redact);
  const cache = new AnswerCache();
  const buckets = {
    reading: new RateLimit(limits.reading, parts.clock),
    administration: new RateLimit(limits.administration, parts.clock),
  };

  app.use(
    secureHeaders({
      crossOriginResourcePolicy: 'cross-origin',
      xFrameOptions: site.embedIn.length === 0 ? 'DENY' : false, // it cannot name hosts; frame-ancestors can
      strictTransportSecurity: false, // whoever puts TLS before us says so
    }),
  );

  const framing = framingOf(site);
  app.use(async (context, next) => {
    await next();
    const isHtml = context.res.headers.get('content-type') === HTML;
    context.header('content-security-policy', `${isHtml ? PAGE_POLICY : DATA_POLICY}; ${framing}`);
  });

  for (const path of new Set(served.map((route) => route.path))) {
    const routes = served.filter((route) => route.path === path);
    app.all(honoPath(path), async (context) => {
      const route = routes.find(({ method }) => method === asMethod(context.req.method));
      context.set('isPage', routes.some(isPage));
      if (context.req.method === 'OPTIONS') return optionsOf(routes);
      if (route === undefined)
        throw new Problem(405, `only ${allowed(routes)} here`, { headers: { allow: allowed(routes) } });
      if (!route.unlimited) takeToken(context, buckets[isAdministration(route) ? 'administration' : 'reading']);
      if (route.isStream) return follow(context, route, parts);
      return send(context, route, await answer(context, route));
    });
  }

  app.notFound((context) => {
    context.set('isPage', !context.req.path.startsWith('/api/'));
    return problem(new Problem(404, 'there is no such page'), publish, context, site);
  });
  app.onError((error, context) => {
    if (error instanceof Problem) return problem(error, publish, context, site);
    parts.log.error({ error, route: context.req.routePath }, 'a web answer failed');
    return problem(new Problem(500, 'this is a fault of ours; it is in our log'), publish, context, site);
  });
  return app;

  async function answer(context: Context<Env>, route: Route): Promise<Answer> {
    if (isAdministration(route)) authorise(context, parts);
    const parameters = parametersOf(context, route);
    const body = route.body === null ? {} : await bodyOf(context, route.body);
    const make = async () => {
      const value = await route.handle(parameters, placed(route, parameters, parts), body);
      if (value === null) throw new Problem(404, NOTHING_THERE);
      return answerOf(route, value, publish, site);
    };
    if (isAdministration(route)) {
      const made = await make();
      cache.clear(); // an incident of theirs says something else now
      parts.news.judged();
      return made;
    }
    const question = `${route.id} ${JSON.stringify(parameters)}`;
    const moment = { revision: parts.knowledge.revision(), nowMs: parts.clock.monotonicMs() };
    return cache.answer(question, { ...moment, restsOnKnowledge: route.restsOnKnowledge }, make);
  }
}

/** Who may show us in a frame. */
const framingOf = ({ embedIn }: Site) =>
  `frame-ancestors ${embedIn.length === 0 ? "'none'" : embedIn.map((host) => `https://${host}`).join(' ')}`;

/** Verdicts are of the place that was asked for, where there is such a parameter. @throws Problem where nothing is known from there */
function placed({ restsOnKnowledge }: Route, { location }: Record<string, unknown>, parts: WebParts): WebParts {
  if (!restsOnKnowledge || typeof location !== 'string') return parts;
  const knowledge = parts.knowledge.from(location);
  if (knowledge !== null) return { ...parts, knowledge };
  const known = parts.knowledge.locations().map((place) => place.location);
  throw wrong('location', `must be a place that is known here: ${names(known) || 'there is none yet'}`);
}

const isAdministration = ({ tag }: Route) => tag === 'administration';
const isPage = ({ tag }: Route) => tag === 'pages';

/** A HEAD is a GET whose body is not sent. */
const asMethod = (method: string) => (method === 'HEAD' ? 'get' : method.toLowerCase());

/** `{name}` → `:name`; `{provider}.svg` → `:provider{[^/]+\.svg}`, whose ending `parametersOf` takes off again. */
function honoPath(path: string): string {
  return path.replace(/\{(\w+)\}(\.\w+)?/g, (_, name: string, ending?: string) =>
    ending === undefined ? `:${name}` : `:${name}{[^/]+\\${ending}}`,
  );
}

const allowed = (routes: readonly Route[]) =>
  [...routes.flatMap(({ method }) => (method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()])), 'OPTIONS'].join(
    ', ',
  );

/** Pages of others may read what everybody may; the administrator's token is nothing for a page. */
function optionsOf(routes: readonly Route[]): Response {
  const cors = routes.every(({ method }) => method === 'get')
    ? {
        'access-control-allow-origin': '*',
        'access-control-allow-methods': 'GET, HEAD',
        'access-control-allow-headers': 'if-none-match',
        'access-control-max-age': '86400',
      }
    : {};
  return new Response(null, { status: 204, headers: { allow: allowed(routes), ...cors } });
}

function takeToken(context: Context<Env>, limit: RateLimit): void {
  const seconds = limit.take(context.env.address);
  if (seconds === 0) return;
  throw new Problem(429, `too many requests from this address; again in ${seconds} s`, {
    headers: { 'retry-after': String(seconds) },
  });
}

function authorise(context: Context<Env>, { adminToken, log }: WebParts): void {
  if (adminToken === null) throw new Problem(404, 'there is no administrator: ADMIN_TOKEN is not set');
  if (isAdministrator(context.req.header('authorization'), adminToken)) return;
  log.warn({ route: context.req.routePath }, 'somebody without the right token tried to administer');
  throw new Problem(401, 'show the token as Authorization: Bearer …', {
    headers: { 'www-authenticate': 'Bearer realm="administration"' },
  });
}

/** @throws Problem that names what is wrong */
function parametersOf({ req }: Context<Env>, { parameters, path }: Route): Record<string, unknown> {
  if (req.url.length > LONGEST_URL) throw new Problem(414, `a URL may have ${LONGEST_URL} characters`);
  const inPath = Object.fromEntries(
    Object.entries(req.param() as Record<string, string>).map(([name, text]) => {
      const ending = path.match(new RegExp(`\\{${name}\\}(\\.\\w+)`))?.[1] ?? '';
      return [name, text.slice(0, text.length - ending.length)];
    }),
  );
  const known = Object.keys(parameters.shape).filter((name) => !path.includes(`{${name}}`));
  const inQuery = Object.entries(req.queries()).map(([name, values]) => {
    if (Object.hasOwn(inPath, name)) throw wrong(name, 'is a part of the path');
    if (isRepeatable(parameters.shape[name])) return [name, values];
    if (values.length > 1) throw wrong(known.includes(name) ? name : 'query', 'has a parameter twice');
    return [name, values[0]];
  });
  return checked(parameters, { ...Object.fromEntries(inQuery), ...inPath }, known);
}

/** A list is given by its name several times. */
function isRepeatable(schema: unknown): boolean {
  return schema instanceof z.ZodPrefault ? isRepeatable(schema.unwrap()) : schema instanceof z.ZodArray;
}

async function bodyOf({ req }: Context<Env>, schema: NonNullable<Route['body']>): Promise<Record<string, unknown>> {
  const text = await req.text();
  if (Buffer.byteLength(text) > LONGEST_BODY_BYTES)
    throw new Problem(413, `a body may have ${LONGEST_BODY_BYTES} bytes`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Problem(400, 'the body must be JSON');
  }
  return checked(schema, value, Object.keys(schema.shape));
}

function checked(schema: Route['parameters'], value: unknown, known: readonly string[]): Record<string, unknown> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw problemOf(parsed.error, known);
}

function send(context: Context<Env>, route: Route, { status, type, body, gzipped, etag }: Answer): Response {
  const headers: Record<string, string> = {
    'cache-control': route.keepSeconds === 0 ? 'no-store' : `public, max-age=${route.keepSeconds}`,
    ...(isAdministration(route)
      ? {}
      : { 'access-control-allow-origin': '*', 'access-control-expose-headers': 'ETag, Retry-After' }),
    ...(route.keepSeconds === 0 ? {} : { etag, vary: 'Accept-Encoding' }),
  };
  if (route.keepSeconds > 0 && matches(context.req.header('if-none-match'), etag)) {
    return new Response(null, { status: 304, headers });
  }
  const zips = gzipped !== null && /\bgzip\b(?!;q=0(\.0*)?(,|$))/.test(context.req.header('accept-encoding') ?? '');
  return new Response(zips ? gzipped : body, {
    status,
    headers: { ...headers, 'content-type': type, ...(zips ? { 'content-encoding': 'gzip' } : {}) },
  });
}

/** Nothing of it is kept, compressed or waited for. A browser says by a header which event it had last, a script as it can. */
function follow(context: Context<Env>, route: Route, { news }: WebParts): Response {
  const { last_event_id } = parametersOf(context, route) as { readonly last_event_id?: string };
  const lastId = context.req.header('last-event-id') ?? last_event_id ?? null;
  const headers = {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'access-control-allow-origin': '*',
    'x-accel-buffering': 'no', // a proxy that gathers would hold events back
  };
  if (context.req.method === 'HEAD') return new Response(null, { headers });
  const { address, stayOpen } = context.env;
  const events = news.follow(address, lastId, context.req.raw.signal);
  stayOpen();
  return new Response(events, { headers });
}

/** Weakly, as RFC 9110 has it for If-None-Match. */
function matches(asked: string | undefined, etag: string): boolean {
  if (asked === undefined) return false;
  return (
    asked.trim() === '*' || asked.split(',').some((one) => one.trim().replace(/^W\//, '') === etag.replace(/^W\//, ''))
  );
}

function problem(error: Problem, publish: Publish, context: Context<Env>, site: Site): Response {
  const isPublic = !context.req.path.startsWith('/api/v1/admin/');
  const said = publish(ProblemSchema, error.toData());
  return new Response(context.get('isPage') ? problemPage(said, site) : JSON.stringify(said), {
    status: error.status,
    headers: {
      'content-type': context.get('isPage') ? HTML : 'application/problem+json',
      'cache-control': 'no-store',
      ...(isPublic ? { 'access-control-allow-origin': '*', 'access-control-expose-headers': 'Retry-After' } : {}),
      ...error.headers,
    },
  });
}
