import type { Channel } from '../alert/channels.ts';
import { createChannels } from '../alerts.ts';
import { noticeId } from '../domain/ids.ts';
import { formatMs, UNKNOWN } from '../lib/format.ts';
import { renderTable } from '../observe/render-table.ts';
import { SYSTEM_CLOCK } from '../parts.ts';
import { type Command, EXIT, UsageError } from './command.ts';
import { loadSettings } from './load-settings.ts';
import { tableLook } from './show.ts';

export const alert: Command = {
  usage: 'alert test [--json]',
  about: 'sends one alert to every channel of alerts.json, and says what came back',
  options: { json: { type: 'boolean' } },
  words: { min: 1, max: 1 },
  async run([word], flags, console) {
    if (word !== 'test') throw new UsageError(`there is nothing to do for ${JSON.stringify(word)}: it is "alert test"`);
    const { config } = loadSettings(console, { inference: false, hub: false }, { json: true, quiet: true });
    const channels = createChannels(config, { fetch, clock: SYSTEM_CLOCK });
    if (channels.length === 0) {
      console.stderr.write(
        'There is no channel to test. Copy alerts.example.json to alerts.json, keep the channels you want, and put their URLs into .env\nunder the names that the file gives (ALERT_…). README.md, "Alerts", says more.\n',
      );
      return EXIT.failed;
    }
    const results = await Promise.all(channels.map((channel) => tested(channel, console.stop)));
    if (flags.json === true) for (const result of results) console.stdout.write(`${JSON.stringify(result)}\n`);
    else console.stdout.write(formatResults(results, console));
    return results.every(({ ok }) => ok) ? EXIT.done : EXIT.failed;
  },
};

interface Result {
  readonly channel: string;
  readonly type: Channel['type'];
  readonly ok: boolean;
  /** Null: no answer. */
  readonly status: number | null;
  /** Why not; null when it was taken. */
  readonly message: string | null;
  readonly ms: number;
}

async function tested(channel: Channel, signal: AbortSignal): Promise<Result> {
  const { name, type } = channel;
  const nowMs = SYSTEM_CLOCK.nowMs();
  const startMs = SYSTEM_CLOCK.monotonicMs();
  const alarm = {
    key: 'test',
    rule: 'outage',
    severity: 'info',
    title: 'A test of the alerts',
    text: `If you read this, the channel "${name}" works. Nothing has happened.`,
    endpoints: [],
    sinceMs: nowMs,
    isOver: false,
  } as const;
  const id = noticeId(name, 'test', nowMs, [alarm.key]);
  const message = { noticeId: id, channel: name, kind: 'test', alarms: [alarm], createdAtMs: nowMs } as const;
  const receipt = await channel.send(message, signal);
  const ms = Math.round(SYSTEM_CLOCK.monotonicMs() - startMs);
  return {
    channel: name,
    type,
    ok: receipt.ok,
    status: receipt.status,
    message: receipt.ok ? null : receipt.message,
    ms,
  };
}

function formatResults(results: readonly Result[], console: Parameters<typeof tableLook>[0]): string {
  const columns = [
    { title: 'channel' },
    { title: 'type' },
    { title: 'taken' },
    { title: 'status', align: 'right' },
    { title: 'took', align: 'right' },
    { title: 'what came back', minWidth: 20 },
  ] as const;
  const rows = results.map(({ channel, type, ok, status, message, ms }) => ({
    cells: [
      { text: channel },
      { text: type },
      ok ? ({ text: '● yes', style: 'green' } as const) : ({ text: '✕ no', style: 'red' } as const),
      { text: status === null ? UNKNOWN : String(status) },
      { text: formatMs(ms) },
      { text: message ?? 'it was taken' },
    ],
  }));
  return renderTable(columns, rows, tableLook(console));
}
