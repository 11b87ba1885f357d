import { parseAlerts } from '../../src/alert/settings.ts';
import type { Alarm } from '../../src/domain/alarm.ts';
import type { AlertSettings, ChannelSettings } from '../../src/domain/settings.ts';
import type { Notice } from '../../src/ports.ts';

/** When everything here happens. */
export const NOW_MS = Date.parse('2026-08-01T12:00:00.000Z');
export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;

export const anAlarm = (overrides: Partial<Alarm> = {}): Alarm => ({
  key: 'incident-1',
  rule: 'outage',
  severity: 'critical',
  title: 'Outage: groq, all its models',
  text: '6 of 6 models fail with http_5xx.',
  endpoints: [{ modelId: 'acme/one', provider: 'groq' }],
  sinceMs: NOW_MS,
  isOver: false,
  ...overrides,
});

export const aNotice = (overrides: Partial<Notice> = {}): Notice => ({
  noticeId: 'a1b2c3d4e5f60718293a4b5c6d7e8f90',
  channel: 'team',
  kind: 'begun',
  alarms: [anAlarm()],
  createdAtMs: NOW_MS,
  ...overrides,
});

export const aChannel = (overrides: Partial<ChannelSettings> = {}): ChannelSettings =>
  ({
    name: 'team',
    type: 'slack',
    url: 'http://127.0.0.1:9/hook',
    minSeverity: 'info',
    ...overrides,
  }) as ChannelSettings;

/** As `alerts.json` would have them; the channels as they are given. */
export function alertSettings(
  rules: Readonly<Record<string, unknown>> = {},
  channels: readonly ChannelSettings[] = [aChannel()],
): AlertSettings {
  const { settings, problems } = parseAlerts(JSON.stringify({ rules }), new Map());
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return { ...settings, channels };
}
