import { describe, expect, test } from 'bun:test';
import { createRedactor } from '../../src/lib/redact.ts';
import { createLog } from '../../src/observe/log.ts';
import { TOKEN } from '../support/builders.ts';

function written(isTTY: boolean) {
  const lines: string[] = [];
  const output = { isTTY, write: (text: string) => lines.push(text) };
  const redact = createRedactor([TOKEN], ['/home/me/tracker']);
  return { lines, log: createLog({ level: 'info', output, redact, colour: false }) };
}

describe('the log', () => {
  test('is JSON lines where no person looks on: level by name, ISO time, nothing of the machine', () => {
    const { lines, log } = written(false);

    log.warn({ probes: 3 }, 'cycle ended');

    expect(lines).toHaveLength(1);
    expect(lines[0]).toEndWith('}\n');
    const { time, ...rest } = JSON.parse(lines[0]!);
    expect(rest).toEqual({ level: 'warn', probes: 3, msg: 'cycle ended' });
    expect(new Date(time).toISOString()).toBe(time);
  });

  test('is one line for people on a terminal', () => {
    const { lines, log } = written(true);

    log.info({ cycle: '2026-08-03T12:00:00.000Z', models: 5, note: 'two words' }, 'cycle started');

    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(
      /^\[\d\d:\d\d:\d\d\] INFO: cycle started {2}cycle=2026-08-03T12:00:00\.000Z models=5 note="two words"\n$/,
    );
  });

  test.each([true, false])('below its level nothing is written (terminal: %p)', (isTTY) => {
    const { lines, log } = written(isTTY);

    log.debug({}, 'details');

    expect(lines).toEqual([]);
  });

  test.each([true, false])('no secret and no path of the machine gets out (terminal: %p)', (isTTY) => {
    const { lines, log } = written(isTTY);
    const error = new Error(`refused ${TOKEN} in /home/me/tracker/src`);

    log.error({ error, deep: { echo: `Bearer ${TOKEN}`, url: encodeURIComponent(`t=${TOKEN}`) } }, `bad ${TOKEN}`);

    const text = lines.join('');
    expect(text).toContain('bad [MASKED]');
    expect(text).toContain('refused [MASKED] in ./src');
    expect(text).not.toContain(TOKEN.slice(3, 12));
    expect(text).not.toContain('/home/me');
  });

  test('text from elsewhere cannot steer the terminal', () => {
    const { lines, log } = written(true);

    log.info({ provider: 'a\u001b[2J', name: { of: 'b\u202e' } }, 'said \u0007\nmore');

    expect(lines.join('')).toEndWith('said \\x07\\nmore  provider=a\\x1b[2J name={"of":"b\\\\u202e"}\n');
  });

  test("an error's stack is shown, in either form", () => {
    const [person, machine] = [written(true), written(false)];
    const error = new RangeError('too much');

    person.log.error({ error }, 'a bug');
    machine.log.error({ error }, 'a bug');

    expect(person.lines.join('')).toMatch(/ERROR: a bug\n {4}RangeError: too much\n +at /);
    expect(JSON.parse(machine.lines[0]!).error).toMatchObject({ type: 'RangeError', message: 'too much' });
  });
});
