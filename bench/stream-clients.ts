import { type ClientRequest, request } from 'node:http';
import { createParser } from 'eventsource-parser';
import { serveParent } from './child.ts';

// Those who follow the stream of events, in a process of their own.

export interface Following {
  readonly url: string;
  /** How many follow from now on, those before among them. */
  readonly clients: number;
}

export interface Followed {
  /** Heard by all of them since the last time. */
  readonly events: number;
}

/** Of one address no more may follow at once: each twenty are a neighbour on loopback. */
const PER_ADDRESS = 20;

const following: ClientRequest[] = [];
let events = 0;

/** Resolves once it listens. */
function follow(url: string, place: number): Promise<void> {
  const localAddress = `127.0.1.${1 + Math.floor(place / PER_ADDRESS)}`;
  return new Promise((resolve, reject) => {
    const headers = { accept: 'text/event-stream' };
    const asked = request(url, { agent: false, localAddress, headers }, (response) => {
      if (response.statusCode !== 200) return reject(new Error(`${url}: ${response.statusCode}`));
      const parser = createParser({ onEvent: () => void events++ });
      response.setEncoding('utf8').on('data', (text) => parser.feed(text));
      response.on('error', () => {}); // we left
      resolve();
    });
    asked.on('error', reject);
    asked.end();
    following[place] = asked;
  });
}

serveParent('ready', async ({ url, clients }: Following): Promise<Followed> => {
  for (const asked of following.splice(clients)) asked.destroy();
  for (let place = following.length; place < clients; place++) await follow(url, place);
  const heard = events;
  events = 0;
  return { events: heard };
});
