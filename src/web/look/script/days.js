// Walks the days of a ribbon: one stop for the Tab key, arrows within.
import { around, on } from './dom.js';

const STEPS = { ArrowLeft: -1, ArrowRight: 1, Home: -99, End: 99 };
const bubble = document.createElement('p');
bubble.className = 'day';

function walk(event) {
  bubble.remove();
  const ribbon = around(event, '[data-days]');
  const step = event.key ? STEPS[event.key] : 0;
  if (!ribbon || step === undefined) return;
  if (step) event.preventDefault();
  const { since, days } = ribbon.dataset;
  const all = days.split(' ');
  const at = Math.min(all.length, Math.max(1, +ribbon.ariaValueNow + step));
  const date = new Date(Date.parse(since) + (at - 1) * 864e5).toUTCString().slice(5, 11);
  const left = `${(100 * at) / all.length}%`;
  ribbon.ariaValueNow = at;
  ribbon.ariaValueText = bubble.textContent = `${date}: ${all[at - 1].replace('/', ' of ')} answered`;
  Object.assign(bubble.style, { left, translate: `-${left}` });
  ribbon.after(bubble);
}

on('keydown', walk);
on('focusin', walk);
on('focusout', () => bubble.remove());
