// Hears that there is something new, brings it in, and says how fresh everything is.
import { on, one, ROOT } from './dom.js';
import { bring } from './page.js';

/** However much is told, a page asks for itself no more often. */
const APART_MS = 5000;
const LONGEST_WAIT_MS = 30_000;
/** After so many the stream is taken to be gone: the page asks for itself at each further one. */
const TRIES = 3;
/** Nobody wants to hear more often how it is. */
const SAY_MS = 60_000;

let pulse;
let source;
let lastId = '';
let tries = 0;
let retry;
let due = 0;
let askedAtMs = 0;
/** The clock there before the one here. */
let aheadMs;
let said;
let saidAtMs = 0;

function follow() {
  clearTimeout(retry);
  source?.close();
  if (document.hidden) return;
  source = new EventSource(`${ROOT}api/v1/events${lastId && `?last_event_id=${lastId}`}`);
  source.onopen = () => {
    tries = 0;
  };
  source.onerror = () => {
    source.close();
    retry = setTimeout(follow, Math.min(LONGEST_WAIT_MS, 500 * 2 ** ++tries) * (0.75 + Math.random() / 2));
    if (tries > TRIES) ask();
  };
  source.onmessage = hear;
}

function hear({ lastEventId, data }) {
  const { kind, at, last_at } = JSON.parse(data);
  lastId = lastEventId;
  aheadMs = Date.parse(at) - Date.now();
  // Greeted: was anything told since this page was made?
  if (!due && (kind !== 'hello' || last_at > pulse.dataset.now))
    due = setTimeout(ask, askedAtMs + APART_MS - Date.now() + Math.random() * 500);
}

function ask() {
  due = 0;
  askedAtMs = Date.now();
  bring(location.href);
}

function tick() {
  const { last, interval } = pulse.dataset;
  const agoMs = Date.now() + aheadMs - Date.parse(last);
  const isLost = tries > 0 && tries <= TRIES;
  const is = isLost ? 'lost' : !last ? 'none' : agoMs > 2 * interval ? 'stale' : tries ? 'on' : 'live';
  pulse.dataset.is = is;
  if (last) one('.ago', pulse).textContent = `${inShort(agoMs / 1000)} ago`;
  const state = (isLost ? 'Reconnecting. ' : is === 'stale' ? 'No probe for a while. ' : '') + one('h1').textContent;
  said ??= state;
  if (state === said || Date.now() - saidAtMs < SAY_MS) return;
  saidAtMs = Date.now();
  pulse.nextSibling.textContent = said = state;
}

/** The largest unit alone. */
function inShort(seconds) {
  if (seconds < 60) return `${Math.max(0, seconds | 0)} s`;
  if (seconds < 3600) return `${(seconds / 60) | 0} min`;
  return `${(seconds / 3600) | 0} h`;
}

export function live() {
  pulse = one('.pulse');
  if (!pulse) return;
  aheadMs = Date.parse(pulse.dataset.now) - Date.now();
  follow();
  on('visibilitychange', follow);
  setInterval(tick, 1000);
}
