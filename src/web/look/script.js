// What a page does beside being read: the theme, the search field, copying. Without it everything can be read as well.
const root = document.documentElement;
/** Where this site begins, with a slash at the end: a proxy may have put something before our paths. */
const SITE = new URL('..', document.currentScript.src).href;
const THEME = 'theme';

function stored() {
  try {
    return localStorage.getItem(THEME);
  } catch {
    return null; // a reader who allows no storage
  }
}

function store(theme) {
  try {
    localStorage.setItem(THEME, theme);
  } catch {}
}

// Before anything is painted.
const chosen = stored();
if (chosen === 'light' || chosen === 'dark') root.dataset.theme = chosen;

function isDark() {
  const { theme } = root.dataset;
  return theme ? theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
}

document.addEventListener('DOMContentLoaded', () => {
  for (const button of document.querySelectorAll('button[data-does][hidden]')) button.hidden = false;
});

document.addEventListener('click', async ({ target }) => {
  const button = target.closest?.('button[data-does]');
  if (!button) return;
  if (button.dataset.does === 'theme') {
    const theme = isDark() ? 'light' : 'dark';
    root.dataset.theme = theme;
    store(theme);
  }
  if (button.dataset.does === 'copy') {
    const word = button.textContent;
    const { text, from } = button.dataset;
    const copied = from === 'here' ? text.replaceAll('](/', `](${SITE}`) : text; // whole addresses, for pages of others
    const isCopied = await navigator.clipboard.writeText(copied).then(
      () => true,
      () => false,
    );
    button.textContent = isCopied ? 'Copied' : 'Select it and copy';
    setTimeout(() => {
      button.textContent = word;
    }, 1600);
  }
});

document.addEventListener('keydown', (event) => {
  const search = document.querySelector('input[type=search]');
  const isTyping = event.target.closest?.('input, textarea, select, [contenteditable]');
  if (event.key === 'Escape' && event.target === search) search.blur();
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === '/' && search) {
    event.preventDefault();
    search.focus();
    search.select();
  }
  if (event.key === 'c') document.querySelector('button[data-does=copy]')?.click();
});
