import { createServer, type Server, type Socket } from 'node:net';
import { sleep } from '../../lib/sleep.ts';
import { bytesOf, endTelling, SCHEDULES, type Schedule } from './schedules.ts';

/** Where to ask it, on 127.0.0.1. */
export interface ScheduleServerPorts {
  /** Plays the schedule that the path of a request names, and tells in a last comment when it wrote what. */
  readonly replies: number;
  /** Answers whatever it reads with its monotonic clock, in ms, as a line. */
  readonly clock: number;
}

const REQUEST_LIMIT_BYTES = 64 * 1024;
const CONNECTIONS = 64;
/** Longer than any schedule; then a connection is forgotten. */
const IDLE_MS = 10_000;
/** Between the last write of a schedule and the end of the body. */
const BEFORE_END_MS = 1;

/** Bare sockets: what is written leaves at once, and nothing stands between a stamp and its write. */
export async function startScheduleServer(): Promise<ScheduleServerPorts & Disposable> {
  const sockets = new Set<Socket>();
  const open = (serve: (socket: Socket) => void) => {
    const server = createServer({ noDelay: true }, (socket) => {
      sockets.add(socket);
      socket.on('error', () => {}); // the other side has left; 'close' follows
      socket.once('close', () => sockets.delete(socket));
      socket.setTimeout(IDLE_MS, () => socket.destroy());
      serve(socket);
    });
    server.maxConnections = CONNECTIONS;
    return server;
  };
  const servers = [open(reply), open(tellClock)] as const;
  const [replies, clock] = await Promise.all(servers.map(portOf));
  return {
    replies: replies!,
    clock: clock!,
    [Symbol.dispose]() {
      for (const server of servers) server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function tellClock(socket: Socket): void {
  socket.on('data', () => socket.write(`${performance.now()}\n`));
}

function reply(socket: Socket): void {
  let request = '';
  const take = (bytes: Buffer) => {
    const requestAtMs = performance.now();
    request += bytes.toString('latin1');
    if (request.length > REQUEST_LIMIT_BYTES) return void socket.destroy();
    if (!isWhole(request)) return;
    socket.off('data', take);
    const schedule = SCHEDULES.find(({ name }) => request.startsWith(`POST /${name} `));
    if (schedule === undefined) return void socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n');
    void play(schedule, requestAtMs, socket);
  };
  socket.on('data', take);
}

function isWhole(request: string): boolean {
  const headEnd = request.indexOf('\r\n\r\n');
  const length = Number(/\r\ncontent-length: (\d+)\r\n/i.exec(request)?.[1] ?? 0);
  return headEnd >= 0 && request.length >= headEnd + 4 + length;
}

async function play(schedule: Schedule, requestAtMs: number, socket: Socket): Promise<void> {
  const writtenAtMs: number[] = [];
  for (const write of schedule.writes) {
    const bytes = bytesOf(write, schedule);
    if (write.afterMs > 0) await sleep(write.afterMs);
    writtenAtMs.push(performance.now());
    socket.write(bytes);
  }
  await sleep(BEFORE_END_MS);
  writtenAtMs.push(performance.now());
  socket.end(endTelling({ requestAtMs, writtenAtMs }));
}

async function portOf(server: Server): Promise<number> {
  const { promise: listening, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).listen(0, '127.0.0.1', resolve);
  await listening;
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}
