import { describe, expect, test } from 'bun:test';
import { aRecord } from '../../support/builders.ts';
import {
  aModelVerdict,
  anEndpointVerdict,
  anIncident,
  aRate,
  aRecommendation,
} from '../../support/verdict-builders.ts';
import { openWeb } from '../rig.ts';
import { readPage } from './read-page.ts';

const read = async (path: string, world: Parameters<typeof openWeb>[0] = {}) =>
  readPage(await openWeb(world).ask(path));

const OVER = anIncident({
  endedAtMs: Date.parse('2026-08-01T11:00:00.000Z'),
  endReason: 'recovered',
  says: 'swiftcloud was down for acme/Thinker-7B: 4 of 4 attempts failed.',
});

describe('models', () => {
  test('the first line says for how many there is somebody to use', async () => {
    const recommendations = [aRecommendation({ provider: null, reasons: ['Nobody is fit.'] })];
    const models = [aModelVerdict(), aModelVerdict({ modelId: 'acme/Mini', recommendations })];

    expect((await read('/models', { models })).h1).toBe('1 of 2 models has a provider to use now.');
    expect((await read('/models')).h1).toBe('The only model has a provider to use now.');
    expect((await read('/models', { models: [] })).h1).toBe('No model was looked at yet.');
  });
});

describe('incidents', () => {
  test('the first line counts those that last', async () => {
    expect((await read('/incidents')).h1).toBe('1 incident is open.');
    expect((await read('/incidents', { incidents: [OVER] })).h1).toBe('Nothing is wrong right now.');
  });

  test('what is over is told as over', async () => {
    const { text } = await read('/incidents', { incidents: [OVER] });

    expect(text).toContain('swiftcloud was down for acme/Thinker-7B');
    expect(text).toContain('over after 1 h');
  });

  test('are chosen by kind and by whether they last, in the address', async () => {
    const incidents = [anIncident(), anIncident({ incidentId: 'b'.repeat(32), kind: 'slow', says: 'cobalt is slow.' })];

    const page = await read('/incidents?kind=slow&open=true', { incidents });

    expect(page.text).toContain('cobalt is slow.');
    expect(page.text).not.toContain('swiftcloud is down');
    expect(page.links).toContain('/incidents?kind=outage&open=true');
    expect(page.links).toContain('/incidents?kind=slow');
  });

  test('where none matches one link shows all', async () => {
    const page = await read('/incidents?kind=change&provider=cobalt&open=true');

    expect(page.text).toContain(
      'No open incident of the kind “change” at cobalt in the last 30 days. Show every incident',
    );
  });

  test('where nothing happened that is said', async () => {
    expect((await read('/incidents', { incidents: [] })).text).toContain('Nothing happened in the last 30 days.');
  });
});

describe('an incident', () => {
  const path = '/incidents/0123456789abcdef0123456789abcdef';

  test('begins with what happened, and says start, end and whose fault', async () => {
    const page = await read(path, { incidents: [OVER] });

    expect(page.h1).toBe('swiftcloud was down on Thinker-7B.');
    expect(page.text).toContain('swiftcloud was down for acme/Thinker-7B: 4 of 4 attempts failed.');
    expect(page.text).toContain('Over after 1 h');
    expect(page.text).toContain('Started 1 Aug 10:00 UTC');
    expect(page.text).toContain('Whose fault The provider’s: its other models answered.');
  });

  test('one that lasts says how long so far', async () => {
    expect((await read(path)).text).toContain('Open, 2 h so far');
  });

  test('is proved by attempts, each with a link to what was sent and what came', async () => {
    const records = [
      aRecord({
        attemptId: 'a1',
        outcome: 'target_error',
        errorClass: 'http_5xx',
        errorMessage: 'HTTP 503: overloaded',
      }),
    ];
    const page = await read(path, { records });

    expect(page.text).toContain('a 5xx status from the provider');
    expect(page.text).toContain('HTTP 503: overloaded');
    expect(page.links).toContain('/attempts/a1');
  });

  test('says where its attempts are when they are no longer kept', async () => {
    expect((await read(path, { records: [] })).text).toContain('older than we keep');
  });

  test('that is ours is booked on nobody else', async () => {
    const incidents = [anIncident({ kind: 'account', scope: 'us' })];
    expect((await read(path, { incidents })).text).toContain('Whose fault Our account, not theirs.');
  });

  test('what an operator said of it is there, and not whether alerts are silent', async () => {
    const incidents = [
      anIncident({ acknowledged: { atMs: 0, reason: 'we look into it' }, silenced: { atMs: 0, reason: 'hush' } }),
    ];
    const { text } = await read(path, { incidents });

    expect(text).toContain('we look into it');
    expect(text).not.toContain('hush');
  });
});

describe('providers', () => {
  test('the first line is what is going on, and each has its ninety days', async () => {
    const page = await read('/providers');

    expect(page.h1).toBe('All 2 providers are answering.');
    expect(page.elements.filter(({ attributes }) => attributes.class === 'ribbon')).toHaveLength(2);
    expect(page.text).toContain('97.91%');
  });

  test('before the first round there is nobody', async () => {
    expect((await read('/providers', { models: [] })).h1).toBe('No provider was asked yet.');
  });
});

describe('a provider', () => {
  const of = (state: 'down' | 'slow' | 'healthy' | 'limited' | 'no_data', also = anEndpointVerdict()) => {
    const usual = anEndpointVerdict({ modelId: 'acme/Mini' });
    const models = [
      aModelVerdict({ endpoints: [also] }),
      aModelVerdict({ modelId: 'acme/Mini', endpoints: [{ ...usual, state: { ...usual.state, state } }] }),
    ];
    return read('/providers/swiftcloud', { models });
  };

  test.each([
    ['healthy', 'swiftcloud answers on all 2 models.'],
    ['down', 'swiftcloud is down on 1 of 2 models.'],
    ['slow', 'swiftcloud is slow on 1 of 2 models.'],
    ['limited', 'swiftcloud answers on 1 of 2 models; the rest limits or refuses us.'],
    ['no_data', 'swiftcloud answers on 1 model.'],
  ] as const)('%s: %s', async (state, sentence) => {
    expect((await of(state)).h1).toBe(sentence);
  });

  test('that answers now, and often did not, is not said to be well', async () => {
    const availability = { ...anEndpointVerdict().availability, firstTry: aRate(60, 100) };

    expect((await of('healthy', anEndpointVerdict({ availability }))).h1).toBe(
      'swiftcloud fails often on 1 of 2 models.',
    );
  });

  test('says what it advertises and does not do', async () => {
    const [feature] = anEndpointVerdict().features;
    const liar = anEndpointVerdict({ features: [{ ...feature!, verdict: 'fails', works: 0 }] });
    const { text } = await of('healthy', liar);

    expect(text).toContain('What it advertises and does not do on at least one model: tool calls.');
    expect(text).toContain('though advertised');
  });

  test('a share of a handful has their number instead of an interval', async () => {
    const { text } = await of('healthy', anEndpointVerdict({ correct: aRate(3, 4) }));

    expect(text).toContain('75% n = 4');
  });

  test('that nobody knows is not there', async () => {
    const response = await openWeb().ask('/providers/nobody');

    expect(response.status).toBe(404);
    expect((await readPage(response)).h1).toBe('There is nothing here.');
  });
});
