import { describe, expect, test } from 'bun:test';
import { createMetrics } from '../../src/web/metrics.ts';
import { aRecord, aSkippedRecord } from '../support/builders.ts';
import { HOSTILE_TEXTS } from '../support/hostile-texts.ts';
import { MemoryIncidents } from '../support/memory-knowledge.ts';
import { toolFor } from '../support/tool.ts';
import { aHealth, anIncident } from '../support/verdict-builders.ts';
import { NOW } from './rig.ts';

const PROMTOOL = toolFor('promtool', 'The page of metrics is not checked');

const pageOf = (metrics: ReturnType<typeof createMetrics>, health = aHealth()) =>
  metrics.text(health, new MemoryIncidents([anIncident()]), Date.parse(NOW));
const opened = () => createMetrics((text) => text);
/** The samples whose name and labels hold all of this. */
const samplesOf = (page: string, ...parts: readonly string[]) =>
  page.split('\n').filter((line) => !line.startsWith('#') && parts.every((part) => line.includes(part)));

describe('metrics', () => {
  test('lengths of good replies are counted in seconds, by model, provider and place', async () => {
    const metrics = opened();
    metrics.observe(aRecord({ ttftMs: 260, e2eMs: 1460, tpotMs: 5 }));

    const page = await pageOf(metrics);

    const labels = 'model="acme/Thinker-7B",provider="swiftcloud",location="local"';
    expect(samplesOf(page, `inference_first_token_seconds_sum{${labels}}`)).toEqual([
      `inference_first_token_seconds_sum{${labels}} 0.26`,
    ]);
    expect(samplesOf(page, 'inference_reply_seconds_sum')).toEqual([`inference_reply_seconds_sum{${labels}} 1.46`]);
    expect(samplesOf(page, 'time_per_output_token_seconds_sum')[0]).toEndWith(' 0.005');
    expect(samplesOf(page, 'inference_first_token_seconds_bucket', 'le="0.3"')[0]).toEndWith(' 1');
    expect(samplesOf(page, 'inference_first_token_seconds_bucket', 'le="0.2"')[0]).toEndWith(' 0');
  });

  test('an incident that lasts is counted once, whoever asks at the same time', async () => {
    const metrics = opened();
    for (const page of await Promise.all([pageOf(metrics), pageOf(metrics)]))
      expect(samplesOf(page, 'tracker_open_incidents')[0]).toEndWith(' 1');
  });

  test('attempts are counted by outcome and kind; failures and other kinds of probe have no length', async () => {
    const metrics = opened();
    metrics.observe(aRecord());
    metrics.observe(aRecord({ outcome: 'target_error', errorClass: 'http_5xx', ttftMs: 1 }));
    metrics.observe(aRecord({ probeKind: 'confirm' }));
    metrics.observe(aSkippedRecord());

    const page = await pageOf(metrics);

    expect(
      samplesOf(page, 'inference_attempts_total').map((line) =>
        line.match(/kind="(\w+)",outcome="(\w+)"\} (\d+)$/)!.slice(1),
      ),
    ).toEqual([
      ['standard', 'ok', '1'],
      ['standard', 'target_error', '1'],
      ['confirm', 'ok', '1'],
      ['standard', 'skipped', '1'],
    ]);
    expect(samplesOf(page, 'inference_first_token_seconds_count')[0]).toEndWith(' 1');
  });

  test('the program tells how it is itself', async () => {
    const health = aHealth({ budgetUsdPerDay: 5, probesWaiting: 3 });

    const page = await pageOf(opened(), health);

    expect(page).toContain('\ntracker_cycle_lateness_seconds 1\n');
    expect(page).toContain('\ntracker_cycle_length_seconds 49\n');
    expect(page).toContain('\ntracker_probes_waiting 3\n');
    expect(page).toContain('\ntracker_backlog_age_seconds 3600\n');
    expect(page).toContain('\ntracker_worker_lag_seconds 0.0015\n');
    expect(page).toContain('\ntracker_instrument_error_seconds 0.0012\n');
    expect(page).toContain('\ntracker_spent_today_usd 0.25\n');
    expect(page).toContain('\ntracker_store_writable 1\n');
    expect(page).toContain('\ntracker_open_incidents{kind="outage",scope="endpoint",location="local"} 1\n');
  });

  test('what is unknown has no sample, also when it was known before', async () => {
    const metrics = opened();
    await pageOf(metrics);

    const page = await pageOf(
      metrics,
      aHealth({ lastCycle: null, backlog: null, workerLagMs: null, instrumentErrorP99Ms: null }),
    );

    for (const name of ['cycle_lateness', 'backlog', 'worker_lag', 'instrument_error', 'budget']) {
      expect(samplesOf(page, `tracker_${name}`)).toEqual([]);
    }
    expect(await pageOf(metrics)).toContain('\ntracker_worker_lag_seconds 0.0015\n');
  });

  test('of a fleet it tells who works where, how far the worst clock is off, and what this process does', async () => {
    const seen = { trackerVersion: '0.1.0', slots: 8, firstSeenMs: 0, lastSeenMs: 0 };
    const workers = [
      { ...seen, workerId: 'a', location: 'eu', clockAheadMs: 20, waiting: 3, leases: 2 },
      { ...seen, workerId: 'b', location: 'eu', clockAheadMs: -250, waiting: 4, leases: 1 },
      { ...seen, workerId: 'c', location: 'us', clockAheadMs: 0, waiting: 0, leases: 0 },
    ];
    const metrics = opened();
    const health = { probesWaiting: 3, probesRunning: 3, fleet: { workers, roles: ['push'] as const } };

    const page = await pageOf(metrics, aHealth(health));

    for (const line of [
      'workers{location="eu"} 2',
      'workers{location="us"} 1',
      'leases{location="eu"} 3',
      'outbox_records{location="eu"} 7',
      'open_probes 6',
      'clock_distance_seconds 0.25',
      'holds_role{role="push"} 1',
      'holds_role{role="judge"} 0',
    ]) {
      expect(page.split('\n')).toContain(`tracker_fleet_${line}`);
    }
    expect(samplesOf(await pageOf(metrics), 'tracker_fleet_')).toEqual([]);
  });

  test('however many names come, the series stay bounded', async () => {
    const metrics = opened();
    for (let i = 0; i < 300; i++) metrics.observe(aRecord({ providerName: `provider-${i}` }));

    const counts = samplesOf(await pageOf(metrics), 'inference_first_token_seconds_count');

    expect(counts).toHaveLength(201);
    expect(counts.at(-1)).toBe(
      'inference_first_token_seconds_count{model="other",provider="other",location="local"} 100',
    );
  });

  test.skipIf(PROMTOOL.isSkipped)('promtool finds nothing to say against the page, hostile names and all', async () => {
    const metrics = opened();
    for (const text of HOSTILE_TEXTS) metrics.observe(aRecord({ modelId: `acme/${text}`, providerName: text }));
    metrics.observe(aSkippedRecord({ modelId: null, providerName: null, errorClass: 'no_catalogue' }));

    const worker = { workerId: 'a', trackerVersion: '0', slots: 1, clockAheadMs: 1, waiting: 0, leases: 0 };
    const workers = [{ ...worker, location: HOSTILE_TEXTS[0]!, firstSeenMs: 0, lastSeenMs: 0 }];
    const page = await pageOf(metrics, aHealth({ fleet: { workers, roles: [] } }));
    const { exitCode, stdout, stderr } = Bun.spawnSync([PROMTOOL.command, 'check', 'metrics'], {
      stdin: Buffer.from(page),
      timeout: 20_000,
    });

    expect([exitCode, `${stdout}${stderr}`]).toEqual([0, '']);
  });
});
