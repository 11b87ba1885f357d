/** @jsxImportSource hono/jsx */
import type { Child } from 'hono/jsx';
import { formatDuration } from '../../lib/format.ts';
import { PlaceShown } from '../charts/figure.tsx';
import { clock } from '../charts/words.ts';
import { iso } from '../data-names.ts';
import { LOOK } from '../look.ts';
import { fromPlace } from './place.ts';

/** How fresh everything on a page is. */
export interface Pulse {
  readonly nowMs: number;
  /** Null: nobody has answered or failed yet. */
  readonly lastAtMs: number | null;
  readonly intervalMs: number;
  /** The place that the page is of, and all that are known. */
  readonly location?: string;
  readonly locations?: readonly string[];
}

/** A page without its frame. */
export interface View {
  /** Of the window; what the page says is in its `h1`. */
  readonly title: string;
  readonly main: Child;
  /** The path of the feed that tells of the same. */
  readonly feed?: string;
  readonly className?: string;
  /** One sentence for those who link here. */
  readonly description?: string;
  /** The path of the answer that programs read. */
  readonly json?: string;
  /** The path of a picture, 1200 × 630. */
  readonly image?: string;
  /** Where the page is, without what was chosen on it. */
  readonly canonical?: string;
  /** Where it is with what was chosen on it, but for the place. */
  readonly here?: string;
}

interface Frame extends View {
  /** Of the page, to mark where the reader is. */
  readonly path: string;
  /** What the reader searched for. */
  readonly q?: string;
  /** Parts of the page that could not be read, and what holds all the same. */
  readonly unread?: readonly string[];
  /** Null: it is unknown, as on the page of an error. */
  readonly pulse: Pulse | null;
}

const PRODUCT = 'Inference Providers Metrics Tracker';
const SECTIONS = [
  ['/', 'Now'],
  ['/models', 'Models'],
  ['/providers', 'Providers'],
  ['/incidents', 'Incidents'],
  ['/compare', 'Compare'],
  ['/data', 'Data'],
] as const;

/** A whole document. */
export function documentOf(frame: Frame): string {
  return `<!doctype html>${(<Layout {...frame} />).toString()}`;
}

function Layout({ title, main, className, path, q, unread = [], pulse, here, ...told }: Frame) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>{title === '' ? PRODUCT : `${title} · ${PRODUCT}`}</title>
        <meta name="viewport" content="width=device-width" />
        <meta name="color-scheme" content="light dark" />
        <link rel="preload" href={LOOK.font} as="font" type="font/woff2" crossorigin="anonymous" />
        <link rel="stylesheet" href={LOOK.css} />
        <link rel="icon" href={LOOK.icon} type="image/svg+xml" />
        <Told title={title === '' ? PRODUCT : title} {...told} />
        <script src={LOOK.script} />
      </head>
      <body>
        <a class="skip" href="#main">
          Skip to what this page says
        </a>
        <header class="top">
          <div class="wide">
            <a class="home" href="/" aria-label={PRODUCT}>
              <svg viewBox="0 0 20 20" fill="none" aria-hidden="true">
                <path d="M2 8v4M6 4v12M10 6.5v7M14 2v16M18 8v4" />
              </svg>
              <span>
                <span class="full">Inference Providers </span>
                <b>Metrics Tracker</b>
              </span>
            </a>
            <nav aria-label="Pages">
              {SECTIONS.map(([href, word]) => (
                <a href={href} aria-current={currentOf(href, path)}>
                  {word}
                </a>
              ))}
            </nav>
            <search>
              <form class="find" action="/search">
                <input
                  type="search"
                  name="q"
                  value={q}
                  maxlength={100}
                  list="found"
                  placeholder="Find a model or provider"
                  aria-label="Find a model or provider"
                  aria-keyshortcuts="/"
                />
                <kbd>/</kbd>
                <datalist id="found"></datalist>
              </form>
            </search>
            {pulse === null ? null : <PulseOf {...pulse} />}
            <button class="icon" type="button" data-does="theme" aria-label="Light or dark" hidden>
              <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
                <circle cx="8" cy="8" r="6.25" fill="none" stroke="currentColor" stroke-width="1.5" />
                <path d="M8 1.75a6.25 6.25 0 0 1 0 12.5z" fill="currentColor" />
              </svg>
            </button>
          </div>
        </header>
        <main id="main" class={className === undefined ? 'wide' : `wide ${className}`} tabindex={-1}>
          {pulse === null ? null : <PlacesOf {...pulse} here={here ?? told.canonical ?? ''} />}
          {unread.map((what) => (
            <p class="unread warning" role="status">
              ▲ Could not read {what}. We try again within a minute.
            </p>
          ))}
          <PlaceShown.Provider value={placeOf(pulse)}>{main}</PlaceShown.Provider>
        </main>
        <button class="new-order" type="button" hidden>
          Order changed
        </button>
        <footer class="foot">
          <div class="wide">
            <p>Times in UTC.</p>
            <nav aria-label="More">
              <a href="/data">Data</a>
              <a href="/method">Method</a>
              <a href="/incidents.atom">Feed of incidents</a>
              <a href="/api/v1/openapi.json">API</a>
              <a href="/metrics">Prometheus</a>
            </nav>
          </div>
        </footer>
      </body>
    </html>
  );
}

/** Null: there is no other. */
const placeOf = (pulse: Pulse | null) => ((pulse?.locations?.length ?? 0) > 1 ? (pulse?.location ?? null) : null);

/** Nothing is reckoned over two places: each has its own pages. */
function PlacesOf({ location, locations = [], here }: Pulse & { readonly here: string }) {
  if (locations.length < 2) return null;
  return (
    <nav class="places" aria-label="Places probed from">
      Seen from{' '}
      {locations.map((place) => (
        <a href={fromPlace(here, place)} aria-current={place === location ? 'true' : undefined}>
          {place}
        </a>
      ))}
    </nav>
  );
}

/** What machines read of a page: where else it is, and how to show a link to it. */
function Told({ title, feed, json, image, description, canonical }: Omit<View, 'main' | 'here'>) {
  return (
    <>
      {feed === undefined ? null : <link rel="alternate" type="application/atom+xml" href={feed} />}
      {json === undefined ? null : <link rel="alternate" type="application/json" href={json} />}
      {canonical === undefined ? null : <link rel="canonical" href={canonical} />}
      {description === undefined ? null : <meta name="description" content={description} />}
      <meta property="og:site_name" content={PRODUCT} />
      <meta property="og:type" content="website" />
      <meta property="og:title" content={title} />
      {canonical === undefined ? null : <meta property="og:url" content={canonical} />}
      {description === undefined ? null : <meta property="og:description" content={description} />}
      {image === undefined ? null : (
        <>
          <meta property="og:image" content={image} />
          <meta property="og:image:width" content="1200" />
          <meta property="og:image:height" content="630" />
        </>
      )}
      <meta name="twitter:card" content={image === undefined ? 'summary' : 'summary_large_image'} />
    </>
  );
}

const currentOf = (href: string, path: string) => {
  if (href === path) return 'page';
  return href !== '/' && path.startsWith(`${href}/`) ? 'true' : undefined;
};

/** Two intervals without an attempt is not what should be. */
export const isStale = ({ nowMs, lastAtMs, intervalMs }: Pulse) =>
  lastAtMs !== null && nowMs - lastAtMs > 2 * intervalMs;

/** Where nobody was asked for two intervals, that what follows was true then. */
export function AsOf(pulse: Pulse) {
  if (!isStale(pulse)) return null;
  return (
    <p class="lead warning" role="status">
      ▲ We have not asked anybody for {formatDuration(pulse.nowMs - pulse.lastAtMs!)}. What follows is as of{' '}
      {clock(pulse.lastAtMs!)} UTC.
    </p>
  );
}

/** A script counts it up, and says whether it still hears of what is new; what changes is told beside it, to those who listen. */
function PulseOf(pulse: Pulse) {
  const { nowMs, lastAtMs, intervalMs } = pulse;
  const is = lastAtMs === null ? 'none' : isStale(pulse) ? 'stale' : 'on';
  return (
    <>
      <span
        class="pulse state"
        data-is={is}
        data-now={iso(nowMs)}
        data-last={lastAtMs === null ? '' : iso(lastAtMs)}
        data-interval={intervalMs}
      >
        <span class="sign" aria-hidden="true"></span>
        <span>
          {lastAtMs === null ? (
            'No probes yet'
          ) : (
            <span class="lead-in">{is === 'stale' ? 'Last answer ' : 'Last probe '}</span>
          )}
          <span class="ago">{lastAtMs === null ? '' : `${largestUnit(Math.max(0, nowMs - lastAtMs))} ago`}</span>
        </span>
      </span>
      <span class="vh" role="status"></span>
    </>
  );
}

/** `12 s`, `2 min`: what counts up is not read to the second. */
const largestUnit = (ms: number) => formatDuration(ms).split(' ').slice(0, 2).join(' ');
