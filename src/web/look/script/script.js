// What a page does beside being read. Without it everything can be read as well.
import './days.js';
import './find.js';
import './light.js';
import { around, isSpecial, on, one, ROOT } from './dom.js';
import { live } from './live.js';
import { prepare } from './page.js';

const { dataset } = document.documentElement;

/** Before anything is painted. A reader may allow no storage. */
try {
  Object.assign(dataset, localStorage.theme && { theme: localStorage.theme });
} catch {}

on('DOMContentLoaded', () => {
  prepare(document);
  live();
});

on('click', async (event) => {
  const button = around(event, '[data-does]');
  if (button?.dataset.does === 'theme') {
    const isDark = dataset.theme ? dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
    dataset.theme = isDark ? 'light' : 'dark';
    try {
      localStorage.theme = dataset.theme;
    } catch {}
  }
  if (button?.dataset.does === 'copy') {
    const { text, from } = button.dataset;
    const word = button.textContent;
    try {
      await navigator.clipboard.writeText(from ? text.replaceAll('](/', `](${ROOT}`) : text); // whole addresses, for pages of others
      button.textContent = 'Copied';
    } catch {
      button.textContent = 'Select it and copy';
    }
    setTimeout(() => {
      button.textContent = word;
    }, 1600);
  }
});

on('keydown', (event) => {
  const search = one('[type=search]');
  if (event.key === 'Escape' && event.target === search) search.blur();
  if (around(event, 'input, textarea, select') || isSpecial(event)) return;
  if (event.key === '/' && search) {
    event.preventDefault();
    search.select();
  }
  if (event.key === 'c') one('[data-does=copy]')?.click();
});
