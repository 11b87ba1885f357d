import { join } from 'node:path';
import { Glob } from 'bun';

/**
 * `npm test [-- FILES]`: every test file, in groups, two of them at a time, each in a process of its own. What a group says comes whole, one
 * after the other; at the end stand the sums, as `bun test` would give them. With files or options it is `bun test` with these.
 */
const ROOT = join(import.meta.dir, '..');
const AT_A_TIME = 2;
/** For one test, on a machine that does much else besides. */
const PATIENCE_MS = 180_000;
/** What `bun test` takes for a file of tests. */
const TESTS = new Glob('tests/**/*{.test,_test,.spec,_spec}.{ts,tsx,js,jsx}');
/** Folders whose tests start browsers, daemons and servers: a group each, after that of all others, which takes longest. */
const APART = ['browser', 'chaos', 'store', 'e2e'];
const WORDS = ['pass', 'skip', 'todo', 'fail', 'error'] as const;

const asked = process.argv.slice(2);
if (asked.length > 0) process.exit(await start(asked, 'inherit').exited);

const files = [...TESTS.scanSync(ROOT)].sort();
const groups = Map.groupBy(files, (file) => APART.find((folder) => file.startsWith(`tests/${folder}/`)) ?? '');
const waiting = ['', ...APART].flatMap((name) => (groups.has(name) ? [groups.get(name)!] : []));
const beganAtMs = performance.now();
const sums = { pass: 0, skip: 0, todo: 0, fail: 0, error: 0, files: 0 };
let isSound = true;
let turn: Promise<unknown> = Promise.resolve();
await Promise.all(Array.from({ length: AT_A_TIME }, work));

if (sums.files !== files.length) isSound = false;
const isSaid = (word: keyof typeof sums) => sums[word] > 0 || word === 'pass' || word === 'fail';
for (const word of WORDS) if (isSaid(word)) process.stdout.write(` ${sums[word]} ${word}\n`);
const seconds = ((performance.now() - beganAtMs) / 1000).toFixed(2);
const tests = sums.pass + sums.skip + sums.todo + sums.fail;
process.stdout.write(`Ran ${tests} tests across ${sums.files} of ${files.length} files. [${seconds}s]\n`);
process.exitCode = isSound ? 0 : 1;

async function work(): Promise<void> {
  for (let group = waiting.shift(); group !== undefined; group = waiting.shift()) {
    const child = start(
      group.map((file) => `./${file}`),
      'pipe',
    );
    const said = await tellInTurn([child.stdout, child.stderr]);
    if ((await child.exited) !== 0) isSound = false;
    count(said);
  }
}

/** `bun test` with these words after it. */
function start<Output extends 'inherit' | 'pipe'>(words: readonly string[], output: Output) {
  const colour = process.stdout.isTTY ? { FORCE_COLOR: '1' } : {};
  return Bun.spawn([process.execPath, 'test', '--timeout', String(PATIENCE_MS), ...words], {
    cwd: ROOT,
    env: { ...process.env, ...colour },
    stdout: output,
    stderr: output,
  });
}

/** Passes on what comes, once those who began before have said all of theirs. @returns all of it */
async function tellInTurn(streams: readonly ReadableStream<Uint8Array>[]): Promise<string> {
  const before = turn;
  const { promise, resolve: yieldTurn } = Promise.withResolvers<void>();
  turn = promise;
  let said = '';
  let told = 0;
  let isOurTurn = false;
  const tell = () => {
    if (!isOurTurn) return;
    process.stdout.write(said.slice(told));
    told = said.length;
  };
  const ours = before.then(() => {
    isOurTurn = true;
    tell();
  });
  const follow = async (stream: ReadableStream<Uint8Array>) => {
    const decoder = new TextDecoder();
    for await (const bytes of stream) {
      said += decoder.decode(bytes, { stream: true });
      tell();
    }
  };
  await Promise.all(streams.map(follow));
  ours.then(yieldTurn);
  return said;
}

/** Adds up the lines that `bun test` closes with, such as " 120 pass"; one that came to no end has none. */
function count(said: string): void {
  const closing = /((?:^ +\d+ .+\n)+)Ran \d+ tests? across (\d+) files?\./gm;
  const [, lines = '', ranFiles = '0'] = [...Bun.stripANSI(said).matchAll(closing)].at(-1) ?? [];
  sums.files += Number(ranFiles);
  for (const word of WORDS) sums[word] += Number(new RegExp(`^ +(\\d+) ${word}s?$`, 'm').exec(lines)?.[1] ?? 0);
}
