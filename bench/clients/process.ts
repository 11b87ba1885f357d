import { readFileSync } from 'node:fs';
import { serveParent } from '../child.ts';
import { alignment } from '../truth/clock.ts';
import type { OpenClient } from './client.ts';
import { type Load, runLoad } from './load.ts';
import type { ClientName } from './start.ts';

// One client in a process of its own, so that its CPU and memory are its own. Arguments: its name, the port of the truth's clock.

const OPEN: Readonly<Record<ClientName, () => Promise<OpenClient>>> = {
  tracker: async () => (await import('./instrument.ts')).openInstrument,
  openai: async () => (await import('./openai.ts')).openOpenai,
  '@huggingface/inference': async () => (await import('./hugging-face.ts')).openHuggingFace,
  'plain fetch': async () => (await import('./plain-fetch.ts')).openPlainFetch,
};

const [name, clockPort] = process.argv.slice(2);
const open = await OPEN[name as ClientName]();
const ca = readFileSync(new URL('../../tests/fixtures/tls/ca.pem', import.meta.url), 'utf8');
const client = open({ ca });
serveParent(await alignment(Number(clockPort)), (load: Load) => runLoad(client, load));
