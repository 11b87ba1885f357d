import type { Calibration } from '../../domain/types.ts';
import { rounded } from '../rounded.ts';
import type { Exchange, Question, Transport } from '../types.ts';
import { alignClocks } from './align-clocks.ts';
import { errorsOf, summarize } from './errors.ts';
import { SCHEDULES, type Schedule } from './schedules.ts';
import { stampsIn } from './stamps.ts';
import { type ServerProcess, startServer } from './start-server.ts';

/** What one calibration found; whoever asked for it knows in which cycle. */
type Measured = Pick<Calibration, 'clockBoundMs' | 'errors'>;

export interface CalibrationOptions {
  /** The one the probes ask through: its Worker, parser and clock are what is measured. */
  readonly transport: Pick<Transport, 'exchange' | 'pingClock'>;
  /** How often each schedule is asked for. */
  readonly rounds?: number;
  readonly start?: () => Promise<ServerProcess>;
}

/** Seven schedules as often give 210 samples of every moment: enough for a p99. */
const ROUNDS = 30;
/** Beside the probes, not instead of them: some 80 questions a second for 3 s, at a quarter of one core. */
const AT_ONCE = 3;
const LIMIT_MS = 60_000;
const QUESTION_LIMITS: Question['limits'] = { connectMs: 5000, firstTokenMs: 5000, stallMs: 5000, totalMs: 10_000 };

export interface CalibrationRunner extends AsyncDisposable {
  /**
   * Asks every schedule and compares. The server is started when there is none alive.
   *
   * @throws what kept it from its end, in words without paths; `signal.reason` when told to stop
   */
  measure(signal: AbortSignal): Promise<Measured>;
}

export function openCalibration({
  transport,
  rounds = ROUNDS,
  start = startServer,
}: CalibrationOptions): CalibrationRunner {
  let server: ServerProcess | null = null;
  return {
    async measure(signal) {
      signal.throwIfAborted();
      if (!server?.isAlive) server = await start();
      return await measure(transport, server.ports, rounds, AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]));
    },
    async [Symbol.asyncDispose]() {
      await server?.[Symbol.asyncDispose]();
    },
  };
}

async function measure(
  transport: CalibrationOptions['transport'],
  { replies: port, clock: clockPort }: ServerProcess['ports'],
  rounds: number,
  signal: AbortSignal,
): Promise<Measured> {
  const pings = async () => {
    const answered = await transport.pingClock(clockPort);
    if (answered.length === 0) throw new Error('the server did not tell its clock');
    return answered;
  };
  const before = await pings();
  const replies = await askAll(schedulesOf(rounds), async (schedule) => {
    signal.throwIfAborted();
    const exchange = await transport.exchange(questionFor(schedule, port), signal);
    signal.throwIfAborted();
    if (exchange.ending.kind !== 'complete') throw new Error(`a question failed: ${wordFor(exchange)}`);
    return { schedule, exchange };
  });
  const clocks = alignClocks([...before, ...(await pings())]);
  if (clocks === null) throw new Error('the clocks of the Worker and of the server ran apart');

  const samples = replies.flatMap(({ schedule, exchange }) => {
    const stamps = stampsIn(exchange.reply?.text ?? '');
    const errors = stamps && errorsOf(exchange, schedule, stamps, clocks.offsetMs);
    if (errors === null) throw new Error(`${schedule.name} was not understood as it was sent`);
    return errors;
  });
  return { clockBoundMs: rounded(clocks.boundMs), errors: summarize(samples) };
}

function* schedulesOf(rounds: number): Generator<Schedule, void> {
  for (let round = 0; round < rounds; round++) yield* SCHEDULES;
}

/** A few at once. The first that fails is the last: leaving the loop closes the generator they share. */
async function askAll<Answer>(
  schedules: Generator<Schedule, void>,
  ask: (schedule: Schedule) => Promise<Answer>,
): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  const askOn = async () => {
    for (const schedule of schedules) answers.push(await ask(schedule));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, askOn));
  return answers;
}

/** As a probe's, but without a token. */
function questionFor({ name }: Schedule, port: number): Question {
  return {
    url: `http://127.0.0.1:${port}/${name}`,
    headers: { 'Content-Type': 'application/json', Accept: 'text/event-stream' },
    body: '{"stream":true}',
    mode: 'stream',
    limits: QUESTION_LIMITS,
  };
}

function wordFor({ ending }: Exchange): string {
  switch (ending.kind) {
    case 'failed':
      return ending.detail;
    case 'limit':
      return ending.limit;
    default:
      return ending.kind;
  }
}
