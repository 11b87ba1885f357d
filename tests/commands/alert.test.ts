import { expect, test } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { alert } from '../../src/commands/alert.ts';
import { UsageError } from '../../src/commands/command.ts';
import { bodyOf } from '../contract/alert-channel.ts';
import { jsonLines } from '../e2e/program.ts';
import { startRawServer } from '../support/raw-server.ts';
import { tempDir } from '../support/temp-dir.ts';

const PATH = 'Kq7RtvX2mPzW9sLdYc4B';
const answer = (status: string) => `HTTP/1.1 ${status}\r\ncontent-length: 0\r\n\r\n`;

/** Runs `alert test` with two channels, of which the second answers like this. */
async function runAlert(secondAnswer: string, flags: Readonly<Record<string, boolean>> = {}, words = ['test']) {
  using folder = tempDir();
  const heard: unknown[] = [];
  await using server = await startRawServer(async (connection) => {
    const request = await connection.request();
    heard.push(bodyOf(request));
    await connection.write(request.includes('/team/') ? answer('200 OK') : secondAnswer);
  });
  const mapping = join(import.meta.dir, '../../provider_mapping.json');
  const channels = {
    team: { type: 'slack', urlFrom: 'ALERT_TEAM_URL' },
    chat: { type: 'discord', urlFrom: 'ALERT_CHAT_URL' },
  };
  writeFileSync(join(folder.path, 'alerts.json'), JSON.stringify({ channels }));
  const written = { stdout: '', stderr: '' };
  const into = (output: keyof typeof written) => ({
    write(text: string) {
      written[output] += text;
    },
  });
  const environment = {
    ...{ PUSH: 'off', PROVIDER_ENDPOINT_MAPPING_PATH: mapping, NO_COLOR: '1' },
    ...{ ALERT_TEAM_URL: `${server.origin}/team/${PATH}`, ALERT_CHAT_URL: `${server.origin}/chat/${PATH}` },
  };
  const { signal: stop } = new AbortController();
  const console = { environment, baseDir: folder.path, stdout: into('stdout'), stderr: into('stderr'), stop };
  const run = (overrides = {}) =>
    alert.run(words, flags, { ...console, environment: { ...environment, ...overrides } });
  return { exitCode: await run(), written: { ...written }, heard, run, all: written };
}

test('`alert test` sends one to every channel and ends with 0 when all were taken', async () => {
  const { exitCode, written, heard } = await runAlert(answer('204 No Content'));

  expect([exitCode, written.stderr]).toEqual([0, '']);
  expect(heard).toHaveLength(2);
  expect(JSON.stringify(heard)).toContain('Test: A test of the alerts');
  expect(written.stdout).toMatch(/^ {2}team +slack +● yes +200 .* it was taken$/m);
  expect(written.stdout).toMatch(/^ {2}chat +discord +● yes +204 .* it was taken$/m);
});

test('a channel that refuses ends it with 1, and what came back is told without its URL; --json gives lines', async () => {
  const table = await runAlert(answer('404 Not Found'));
  const lines = await runAlert(answer('404 Not Found'), { json: true });

  expect([table.exitCode, lines.exitCode]).toEqual([1, 1]);
  expect(table.written.stdout).toMatch(/^ {2}chat +discord +✕ no +404 .* HTTP 404$/m);
  expect(jsonLines(lines.written.stdout)).toMatchObject([
    { channel: 'team', type: 'slack', ok: true, status: 200, message: null },
    { channel: 'chat', type: 'discord', ok: false, status: 404, message: 'HTTP 404' },
  ]);
  expect(JSON.stringify([table.written, lines.written])).not.toContain(PATH);
});

test('without a channel it says how to add one, and fails', async () => {
  const { run, all } = await runAlert(answer('200 OK'));

  expect(await run({ ALERTS_PATH: 'off' })).toBe(1);
  expect(all.stderr).toStartWith('There is no channel to test. Copy alerts.example.json to alerts.json');
});

test('anything but `test` is wrong use', async () => {
  expect(runAlert('', {}, ['send'])).rejects.toThrow(UsageError);
});
