import { describe, expect, test } from 'bun:test';
import { pointsFor } from '../../src/web/pages/endpoint/content.ts';
import { aRecord } from '../support/builders.ts';
import {
  aModelVerdict,
  anEndpointVerdict,
  anIncident,
  aRate,
  aSilentEndpoint,
  someChecks,
} from '../support/verdict-builders.ts';
import { openWeb } from './rig.ts';

const PATH = '/models/acme/Thinker-7B/swiftcloud';

type World = Parameters<typeof openWeb>[0];

async function pageOf(path = PATH, world: World = {}, checks = someChecks()) {
  const web = openWeb(world);
  web.knowledge.checks = () => checks;
  const response = await web.ask(path);
  const html = await response.text();
  const text = html
    .replace(/<(svg|script|style)\b[\s\S]*?<\/\1>/g, ' ')
    .replace(/<[^>]+>/g, ' ')
    .replace(/&#39;/g, "'")
    .replace(/\s+/g, ' ');
  return { ...web, response, html, text };
}

const failed = (attemptId: string, minute: number) =>
  aRecord({
    attemptId,
    cycleTimestampIso: `2026-08-01T11:${String(minute).padStart(2, '0')}:00.000Z`,
    outcome: 'target_error',
    errorClass: 'http_5xx',
    errorMessage: 'HTTP 503: no healthy upstream',
    responseStatusCode: 503,
    ttftMs: null,
    decodeTps: null,
    costUsd: null,
  });

describe('the page of an endpoint', () => {
  test('says first whether it is down, with the four checks', async () => {
    const { html, text } = await pageOf();
    expect(text).toContain("Is it down, or just me? It's down. Not just you.");
    expect(text).toContain('swiftcloud, this model 3 of 3 failed');
    expect(text).toContain('swiftcloud, other models 3 of 3 answered');
    expect(text).toContain('This model, other providers 5 of 6 answered, 1 not its fault');
    expect(text).toContain('Our own connection no fault of ours in 12 attempts');
    expect(html).toContain('class="verdict bad-panel"');
    expect(html.match(/<h1/g)).toHaveLength(1);
  });

  test('says how many attempts in a row failed, since when, and of what', async () => {
    const { html, text } = await pageOf(PATH, { records: [failed('a1', 0), failed('a2', 30)] });
    expect(text).toContain('The last 2 attempts in a row failed, since 11:00 UTC: a 5xx status from the provider.');
    expect(html).toContain('Of the last 2 attempts 0 were answered and 2 failed');
  });

  test('sends whom it fails to the one that is recommended', async () => {
    const path = '/models/acme/Thinker-7B/cobalt';
    expect((await pageOf(path)).html).toContain(`<a class="button" href="${PATH}">Use swiftcloud instead</a>`);
    expect((await pageOf(path, {}, someChecks({ finding: 'answers', says: 'It answers.' }))).html).not.toContain(
      'instead',
    );
  });

  test('gives no verdict while we may be offline ourselves, and blames nobody for it', async () => {
    const control = { ok: 0, failed: 12, other: 0 };
    const says = 'We may be offline. No verdict.';
    const { html, text } = await pageOf(PATH, {}, someChecks({ finding: 'offline', says, control }));
    expect(text).toContain(says);
    expect(text).toContain('fault of ours in 12 of 12');
    expect(html).toContain('class="verdict quiet-panel"');
  });

  test('says of who answers slowly that it does', async () => {
    const { state } = anEndpointVerdict();
    const models = [
      aModelVerdict({ endpoints: [anEndpointVerdict({ state: { ...state, state: 'slow', slowdown: 2.14 } })] }),
    ];
    const { text } = await pageOf(PATH, { models }, someChecks({ finding: 'answers', says: 'It answers.' }));
    expect(text).toContain('It answers, slower than usual. First token takes 2.1 times what is usual at this hour.');
  });

  test('that answers now, and often did not, is not said to be well', async () => {
    const availability = { ...anEndpointVerdict().availability, firstTry: aRate(60, 100) };
    const models = [aModelVerdict({ endpoints: [anEndpointVerdict({ availability })] })];
    const { text } = await pageOf(PATH, { models }, someChecks({ finding: 'answers', says: 'It answers.' }));
    expect(text).toContain('It answers, and fails often.');
  });

  test('has availability with its interval, coverage, and failures by cause', async () => {
    const { availability } = anEndpointVerdict();
    const byOutcome = { ...availability.byOutcome, target_error: 1, rate_limited: 2 };
    const models = [
      aModelVerdict({ endpoints: [anEndpointVerdict({ availability: { ...availability, byOutcome } })] }),
    ];
    const { text } = await pageOf(PATH, { models });
    expect(text).toContain(
      '97.91% of first attempts were answered (89.1–99.63%, n = 48), and 100% after a retry. We sent 100%',
    );
    expect(text).toContain('A 5xx status from the provider 1');
    expect(text).toContain('Not counted against it: 2 rate limits.');
  });

  test('shows the metric and the window that are asked for, and links to the others', async () => {
    const { html, knowledge } = await pageOf(`${PATH}?metric=e2e_ms&since=90d`);
    expect(knowledge.asked).toContain('history of swiftcloud by e2eMs in 24 points');
    expect(html).toContain('Whole reply of swiftcloud since 4 May');
    expect(html).toContain(`href="${PATH}?since=90d&amp;metric=tpot_ms"`);
    expect(html).toContain(`href="${PATH}?since=7d&amp;metric=e2e_ms"`);
  });

  test('draws as many stretches as have replies enough for a band, or else for a median', () => {
    expect([pointsFor(1440), pointsFor(336), pointsFor(48), pointsFor(0), pointsFor(100_000)]).toEqual([
      60, 14, 8, 1, 180,
    ]);
  });

  test('shades outages, and lists what happened', async () => {
    const { html, text } = await pageOf(PATH, { incidents: [anIncident()] });
    expect(html).toContain('<rect class="outage"');
    expect(text).toContain('swiftcloud is down for acme/Thinker-7B: 4 of 4 attempts failed.');
  });

  test('shades no outage that was seen from another place alone, and lists it', async () => {
    const { html, text } = await pageOf(PATH, { incidents: [anIncident({ location: 'us' })] });
    expect(html).not.toContain('<rect class="outage"');
    expect(text).toContain('swiftcloud is down for acme/Thinker-7B: 4 of 4 attempts failed.');
  });

  test('lists the last attempts, each with what was said and a way to all of it', async () => {
    const { html, text } = await pageOf(PATH, { records: [failed('a2', 30)] });
    expect(text).toContain('HTTP 503 – – – HTTP 503: no healthy upstream All of it');
    expect(html).toContain('href="/attempts/a2"');
  });

  test('offers a badge as Markdown', async () => {
    const { html } = await pageOf();
    expect(html).toContain(
      'data-text="[![swiftcloud uptime](/badge/acme/Thinker-7B/swiftcloud.svg)](/models/acme/Thinker-7B/swiftcloud)"',
    );
    expect(html).toContain(
      '<link rel="alternate" type="application/atom+xml" href="/providers/swiftcloud/incidents.atom"/>',
    );
  });

  test('of whom nobody has heard is hollow, not 0 and not green', async () => {
    const models = [aModelVerdict({ endpoints: [aSilentEndpoint()] })];
    const none = { ok: 0, failed: 0, other: 0 };
    const checks = someChecks({
      endpoint: none,
      providersOtherModels: none,
      modelElsewhere: none,
      control: none,
      finding: 'too_early',
      says: 'Too early to say.',
    });
    const web = { models, records: [], incidents: [] };
    const { html, text } = await pageOf(PATH, web, checks);
    expect(text).toContain('Too early to say. Nobody asked it in the last 24 hours.');
    expect(text).toContain('First token – n = 0');
    expect(text).toContain('nothing sent lately');
    expect(html).not.toContain('NaN');
  });

  test('of a provider that does not offer the model is not found, and names those that do', async () => {
    const { response, html, text } = await pageOf('/models/acme/Thinker-7B/halcyon');
    expect(response.status).toBe(404);
    expect(text).toContain('We know no halcyon on acme/Thinker-7B.');
    expect(html).toContain(`<a href="${PATH}">swiftcloud on acme/Thinker-7B</a>`);
  });

  test('of a model nobody knows is not found, and names the closest', async () => {
    const { response, html } = await pageOf('/models/acme/Thinker-7/swiftcloud');
    expect(response.status).toBe(404);
    expect(html).toContain('<a href="/models/acme/Thinker-7B">acme/Thinker-7B</a>');
  });

  test('shows hostile text of a provider as text, and has nothing in it that its policy forbids', async () => {
    const evil = '<img src=x onerror=alert(1)>\u202e';
    const { html } = await pageOf(PATH, {
      records: [{ ...failed('a1', 0), errorMessage: evil }],
      incidents: [anIncident({ says: evil })],
    });
    expect(html).not.toContain('<img src=x');
    expect(html).not.toContain('\u202e');
    expect(html).not.toMatch(/<[^>]* (style|on[a-z]+)=/);
    expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;\\u202e');
  });
});
