// Brings pages into place: the same one with new figures, or another view of it that the reader asks for.
import { all, around, isSpecial, on, one } from './dom.js';
import { morph } from './morph.js';

/** What is sooner there does not blink. */
const BUSY_AFTER_MS = 150;

let moves = 0;
let busy;
let latest;

/** What works with a script only. */
export function prepare(page) {
  for (const button of all('[data-does]', page)) button.hidden = false;
  for (const ribbon of all('[data-days]', page)) {
    ribbon.tabIndex = 0;
    ribbon.role = 'slider';
    ribbon.ariaValueNow = 90;
  }
}

/**
 * Fetches a page and shows what it says.
 *
 * @returns the page, where it is shown
 * @param isMove whether the reader wants to see it; then the browser goes there if all else fails
 */
export async function bring(url, isMove) {
  const move = isMove ? ++moves : moves;
  if (isMove) {
    clearTimeout(busy);
    busy = setTimeout(() => {
      one('main').ariaBusy = true;
    }, BUSY_AFTER_MS);
  }
  try {
    const response = await fetch(url, { cache: 'no-cache' });
    if (!response.ok) throw 0;
    const html = await response.text();
    if (move === moves && (isMove || url === location.href)) {
      if (url !== location.href) history.pushState(0, '', url);
      return show(html, isMove);
    }
  } catch {
    if (isMove && move === moves) location.href = url;
  }
}

function show(html, inOrder) {
  const page = new DOMParser().parseFromString(html, 'text/html');
  const [main, fresh] = [document, page].map((each) => one('main', each));
  if (one('script', page).src !== one('script').src) location.reload(); // we are of another version
  clearTimeout(busy);
  latest = html;
  prepare(page);
  const focused = document.activeElement;
  one('.new-order').hidden = !morph(main, fresh, inOrder);
  if (focused !== document.activeElement) focused.focus({ preventScroll: true });
  document.title = page.title;
  return page;
}

on('click', (event) => {
  if (around(event, '.new-order')) {
    show(latest, true);
    one('main').focus({ preventScroll: true });
  }
  const url = URL.parse(around(event, 'main a')?.href);
  if (!isView(url) || isSpecial(event)) return;
  event.preventDefault();
  bring(url.href, true);
});

on('submit', (event) => {
  const form = around(event, 'main form');
  const url = URL.parse(form?.action);
  if (!isView(url)) return;
  event.preventDefault();
  url.search = new URLSearchParams(new FormData(form));
  bring(url.href, true);
});

addEventListener('popstate', () => {
  if (!location.hash) bring(location.href, true);
});

/** Of this very page: its address is another after the path alone. */
const isView = (url) => url?.origin + url?.pathname === location.origin + location.pathname && !url.hash;
