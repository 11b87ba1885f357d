/** The pages in a real browser. One file, so that all of it shares one browser and each of its trackers. */
import { afterAll } from 'bun:test';
import { saySkipped } from './chromium.ts';
import { closeAll } from './shared.ts';
import './budgets.ts';
import './hostile.ts';
import './pages.ts';
import './reading.ts';

saySkipped('how pages look, work and are read');
afterAll(closeAll);
