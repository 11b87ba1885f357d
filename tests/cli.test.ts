import { describe, expect, test } from 'bun:test';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { main } from '../src/cli.ts';
import { TOKEN } from './support/builders.ts';
import { holdsFragment } from './support/canary.ts';
import { tempDir } from './support/temp-dir.ts';

const ROOT = join(import.meta.dir, '..');

async function typed(args: readonly string[], environment: Readonly<Record<string, string>> = {}, stop?: AbortSignal) {
  const said = { stdout: '', stderr: '' };
  const into = (name: keyof typeof said) => ({
    write(text: string) {
      said[name] += text;
    },
  });
  const exitCode = await main(args, {
    environment,
    baseDir: ROOT,
    stdout: into('stdout'),
    stderr: into('stderr'),
    stop: stop ?? new AbortController().signal,
  });
  return { exitCode, ...said };
}

test.each([[['--help']], [['-h']], [['help']], [['probe', '--help']]])('%p lists every command', async (args) => {
  const { exitCode, stdout, stderr } = await typed(args);

  expect([exitCode, stderr]).toEqual([0, '']);
  for (const name of ['run', 'once', 'probe', 'targets', 'push', 'report', 'mcp', 'export', 'doctor', 'demo']) {
    expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
  }
});

describe('wrong use', () => {
  test.each([
    [['fly'], 'there is no command "fly"'],
    [['constructor'], 'there is no command "constructor"'],
    [['once', 'twice'], 'too many words: twice'],
    [['run', '--fast'], "Unknown option '--fast'"],
    [['--fast'], "Unknown option '--fast'"],
    [['probe'], 'something is missing'],
    [['probe', 'no-model'], 'a model is named like org/name'],
    [['demo', '--cycles', '0'], '--cycles must be a whole number from 1'],
    [['demo', '--locations', 'eu-1,eu-1'], '--locations must be up to 4 different names'],
    [['export', '--format', 'xml'], '--format must be csv, jsonl or parquet'],
    [['report', '--format', 'pdf'], '--format must be text, md or html'],
  ])('ends with 2, says what is wrong and how it is right: %p', async (args, message) => {
    const { exitCode, stdout, stderr } = await typed(args);

    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toStartWith(message);
    expect(stderr).toContain('bun run index.ts');
  });
});

describe('a store that cannot be used', () => {
  test.each<[string, (dataDir: string) => void, string]>([
    ['is no folder', (dataDir) => writeFileSync(dataDir, ''), 'DATA_DIR cannot be made (EEXIST)'],
    [
      'is damaged',
      (dataDir) => {
        mkdirSync(dataDir);
        writeFileSync(join(dataDir, 'tracker.db'), 'x'.repeat(5000));
      },
      'tracker.db in DATA_DIR is damaged or no store (SQLITE_NOTADB)',
    ],
  ])('because it %s ends with a message, not with a stack', async (_what, spoil, message) => {
    using folder = tempDir();
    const dataDir = join(folder.path, 'data');
    spoil(dataDir);
    const { exitCode, stderr } = await typed(['run'], { HF_TOKEN: TOKEN, PUSH: 'off', DATA_DIR: dataDir });

    expect(exitCode).toBe(1);
    expect(stderr).toStartWith(message);
    expect(stderr.trimEnd()).not.toContain('\n');
    expect(stderr).not.toContain(folder.path);
  });
});

test.each([[['targets']], [['probe', 'acme/one']]])(
  'asked to stop while the catalogue is read, %p says no more than that',
  async (args) => {
    const { exitCode, stdout, stderr } = await typed(args, { HF_TOKEN: TOKEN }, AbortSignal.abort('SIGINT'));
    expect([exitCode, stdout, stderr]).toEqual([1, '', 'stopped\n']);
  },
);

test('a fault of our own is told with its stack, but without a token and without a path of this machine', async () => {
  const spoilt = { HF_TOKEN: TOKEN, PUSH: 'off' };
  Object.defineProperty(spoilt, 'LOG_LEVEL', {
    enumerable: true,
    get: () => {
      throw new RangeError(`no good: ${TOKEN}`);
    },
  });
  const { exitCode, stderr } = await typed(['once'], spoilt);

  expect(exitCode).toBe(1);
  expect(stderr).toStartWith('A fault of the tracker itself: ');
  expect(stderr).toContain('RangeError: no good: [MASKED]');
  expect(stderr).toMatch(/at .*cli\.test\.ts/);
  expect(stderr).not.toContain(ROOT);
});

test.each(['ADMIN_TOKEN', 'ALERT_SLACK_URL', 'HEARTBEAT_URL'])('nor with %s', async (key) => {
  const secret = key.endsWith('URL') ? 'https://hooks.example/services/T0123ABCD' : '0123456789abcdef01234567';
  const spoilt = { HF_TOKEN: TOKEN, PUSH: 'off', [key]: secret };
  Object.defineProperty(spoilt, 'LOG_LEVEL', {
    enumerable: true,
    get: () => {
      throw new RangeError(`no good: ${secret}`);
    },
  });

  const { stderr } = await typed(['once'], spoilt);

  expect(stderr).toMatch(/no good: .*\[MASKED\]$/m);
  expect(holdsFragment(stderr, secret.split('/').at(-1)!)).toBe(false);
});
