// Whichever provider is pointed at, or reached by keyboard, is lit wherever else it stands on the page.
import { all, around, on } from './dom.js';

const ROWS = '.leaderboard tbody tr, .ribbons li';
const providerOf = (link) => link?.pathname?.match(/\/(providers|models\/.+?\/.+?)\/([^/]+)$/)?.[2];
let lit;

function light(event) {
  const provider = providerOf(around(event, 'main a'));
  if (provider === lit) return;
  lit = provider;
  for (const each of all('.lit')) each.classList.remove('lit');
  for (const each of all('main a'))
    if (lit && providerOf(each) === lit) (each.closest(`${ROWS}, .board td, .board th`) ?? each).classList.add('lit');
}

on('pointerover', light);
on('focusin', light);
