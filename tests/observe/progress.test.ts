import { describe, expect, test } from 'bun:test';
import { createProgress } from '../../src/observe/progress.ts';

const ERASE = '\r\u001b[2K';

function terminal(isTTY = true) {
  const written: string[] = [];
  return { isTTY, columns: 60, written, write: (text: string) => written.push(text) };
}

describe('progress', () => {
  test('is one line that is drawn over itself and leaves no trace', () => {
    const stream = terminal();
    let nowMs = 0;
    const progress = createProgress(stream, () => nowMs);

    progress.start(4);
    nowMs = 200;
    progress.tick('acme/a cobalt');
    progress.done();

    expect(stream.written).toEqual([
      `${ERASE}${'─'.repeat(24)}  0/4  `,
      `${ERASE}${'━'.repeat(6)}${'─'.repeat(18)}  1/4  acme/a cobalt`,
      ERASE,
    ]);
  });

  test('is nothing at all where no person looks on', () => {
    const stream = terminal(false);
    const progress = createProgress(stream);

    progress.start(2);
    progress.tick('a');
    progress.done();

    expect(stream.written).toEqual([]);
    expect(progress.beside(stream)).toBe(stream);
  });

  test('is not drawn more often than eyes can follow, but the last step always', () => {
    const stream = terminal();
    let nowMs = 0;
    const progress = createProgress(stream, () => nowMs);

    progress.start(3);
    nowMs = 50;
    progress.tick('one');
    nowMs = 99;
    progress.tick('two');
    progress.tick('three');

    expect(stream.written.map((text) => text.match(/\d\/\d/)?.[0])).toEqual(['0/3', '3/3']);
  });

  test('counts where nobody knows how many there will be', () => {
    const stream = terminal();
    const progress = createProgress(stream, () => 0);

    progress.start(null);
    progress.done();

    expect(stream.written).toEqual([`${ERASE}0  `, ERASE]);
  });

  test('gives way to a log line and comes back below it', () => {
    const stream = terminal();
    const log = terminal();
    const order: string[] = [];
    stream.write = (text) => order.push(text === ERASE ? 'erase' : 'draw');
    log.write = (text) => order.push(text);
    const progress = createProgress(stream, () => 0);

    progress.start(2);
    progress.beside(log).write('a line\n');
    progress.done();
    progress.beside(log).write('another\n');

    expect(order).toEqual(['draw', 'erase', 'a line\n', 'draw', 'erase', 'another\n']);
  });

  test('fits the terminal, and its label cannot steer it', () => {
    const stream = terminal();
    const progress = createProgress(stream, () => 0);

    progress.start(1);
    progress.tick(`\u001b[2J${'模型'.repeat(40)}`);

    const last = stream.written.at(-1)!.slice(ERASE.length);
    expect(last).toContain('\\x1b[2J');
    expect(Bun.stringWidth(last)).toBeLessThan(60);
  });
});
