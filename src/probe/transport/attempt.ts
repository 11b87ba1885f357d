import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { ProxySettings } from '../../domain/settings.ts';
import { isSafeToCall } from '../../lib/loopback.ts';
import type { Ending, Exchange, Question, ReplyReader } from '../types.ts';
import { type Body, readBody } from './body.ts';
import { type Connecting, lengthsOf, watchConnecting } from './connecting.ts';
import { type Deadlines, startDeadlines } from './deadlines.ts';
import { endingOf, type Fault, failed, faultOf, internalFailure, proxyFailure, type Stage } from './ending.ts';
import type { LoopLag } from './loop-lag.ts';
import { openRequest } from './open-request.ts';
import { proxyFor } from './proxy.ts';

export interface AttemptIo {
  readonly createReader: (options: { readonly mode: Question['mode']; readonly status: number }) => ReplyReader;
  readonly loopLag: LoopLag;
  readonly proxy: ProxySettings;
  /** PEM certificates trusted instead of the well-known roots; null: those. */
  readonly ca: readonly string[] | null;
}

/** Once an exchange is as good as over, no event is waited for longer than this. */
const LAST_EVENTS_MS = 100;

/** One question on a connection of its own. Once opened it settles by itself: by the reply, by a fault of the wire, or by a deadline. */
export class Attempt {
  readonly #question: Question;
  readonly #io: AttemptIo;
  readonly #url: URL | null;
  readonly #proxy: URL | null;
  readonly #requestStartAtMs = Date.now();
  readonly #zeroMs = performance.now();
  readonly #stopWatchingLag: () => number;
  readonly #deadlines: Deadlines;
  readonly #settled = Promise.withResolvers<Exchange>();

  #opening: Disposable | null = null;
  #isRequestOpen = false;
  #connecting: Connecting | null = null;
  #tunnelled = false;
  #canWrite = false;
  #sentMs: number | null = null;
  #headersMs: number | null = null;
  #closedMs: number | null = null;
  #response: { readonly status: number; readonly headers: Record<string, string>; isComplete(): boolean } | null = null;
  #body: Body | null = null;
  #sawOutput = false;
  #deadlineLagMs: number | null = null;
  /** Set when it was we who ended it; what the destroyed socket reports afterwards is our own doing. */
  #ours: Ending | null = null;
  #fault: Fault | null = null;
  #undecodable: string | null = null;
  #bug: { readonly error: unknown } | null = null;
  #lastEvents: Timer | undefined;
  #isSettling = false;

  constructor(question: Question, io: AttemptIo) {
    this.#question = question;
    this.#io = io;
    this.#url = URL.parse(question.url);
    this.#proxy = this.#url === null ? null : proxyFor(this.#url, io.proxy);
    this.#stopWatchingLag = io.loopLag.watch();
    this.#deadlines = startDeadlines(question, this.#nowMs, {
      catchUp: () => this.#body?.catchUp(),
      expire: (limit) => {
        this.#deadlineLagMs = io.loopLag.lateMs();
        this.#stop(this.#stage() === 'tunnel' ? proxyFailure('no tunnel in time') : { kind: 'limit', limit });
      },
    });
  }

  /** Rejects only on a bug of ours. */
  get settled(): Promise<Exchange> {
    return this.#settled.promise;
  }

  cancel(): void {
    if (this.#closedMs === null) this.#stop({ kind: 'cancelled' });
  }

  readonly #nowMs = () => performance.now() - this.#zeroMs;

  open(): void {
    const { headers, body } = this.#question;
    const length = String(Buffer.byteLength(body));
    if (this.#url === null || !isSafeToCall(this.#url)) {
      this.#stop(internalFailure('neither an https URL nor one of this machine'));
      return;
    }
    try {
      const options = {
        method: 'POST',
        headers: { ...headers, 'accept-encoding': 'identity', 'content-length': length },
        ca: this.#io.ca,
        proxy: this.#proxy,
      } as const;
      this.#opening = openRequest(this.#url, options, {
        tunnelled: () => {
          this.#tunnelled = true;
        },
        opened: (request) => this.#send(request, body),
        failed: (fault) => {
          this.#fault ??= fault;
          this.#settleSoon();
        },
      });
    } catch (error) {
      this.#stop(internalFailure(faultOf(error).code)); // a header or URL that cannot be sent
    }
  }

  #send(request: ClientRequest, body: string): void {
    this.#isRequestOpen = true;
    if (this.#proxy === null) {
      const secure = this.#url?.protocol === 'https:';
      this.#connecting = watchConnecting(request, { secure, nowMs: this.#nowMs, ready: () => this.#ready() });
    } else {
      this.#ready();
    }
    request.once('finish', () => {
      if (!this.#canWrite || this.#closedMs !== null) return; // it fires on failed handshakes and destroyed requests, too
      this.#sentMs = this.#nowMs();
      this.#deadlines.sent(this.#sentMs);
    });
    request.once('response', (response) => this.#receive(response));
    request.once('upgrade', (_response, socket) => {
      socket.destroy();
      this.#stop(failed('protocol_error', 'headers', '101 Switching Protocols'));
    });
    request.on('error', (error) => {
      this.#fault ??= faultOf(error);
      this.#close();
    });
    request.once('close', () => this.#settleSoon()); // may come before the response's last events
    request.end(body);
  }

  #ready(): void {
    this.#canWrite = true;
    this.#deadlines.connected(this.#nowMs());
  }

  #receive(response: IncomingMessage): void {
    this.#headersMs = this.#nowMs();
    const status = response.statusCode ?? 0;
    const headers = plainHeaders(response.headers);
    this.#response = { status, headers, isComplete: () => response.complete };
    const reader = this.#io.createReader({ mode: this.#question.mode, status });
    const body = readBody(headers['content-encoding'] ?? '', reader, {
      output: (atMs) => {
        this.#sawOutput = true;
        this.#deadlines.output(atMs);
      },
      oversize: () => this.#stop({ kind: 'limit', limit: 'oversize_reply' }),
      undecodable: (code) => {
        this.#undecodable = code;
        if (this.#closedMs === null) this.#stop(this.#decodeFailure(code));
      },
      bug: (error) => {
        this.#bug ??= { error };
        this.#stop(internalFailure('the reader failed'));
      },
    });
    this.#body = body;
    response.on('data', (bytes: Buffer) => body.push(this.#nowMs(), bytes));
    response.on('error', () => {}); // always "aborted"; the request's error is the exact one
    response.once('end', () => this.#close());
  }

  #stage(): Stage {
    if (this.#response !== null) return this.#sawOutput || this.#question.mode === 'plain' ? 'stream' : 'first_token';
    if (this.#sentMs !== null) return 'headers';
    if (this.#canWrite) return 'send';
    if (this.#tunnelled || this.#connecting?.tcpAtMs != null) return 'tls';
    return this.#proxy === null ? 'connect' : 'tunnel';
  }

  /** Ends it from our side. */
  #stop(ending: Ending): void {
    this.#ours ??= ending;
    this.#close();
    this.#opening?.[Symbol.dispose]();
    if (!this.#isRequestOpen) this.#settleSoon(); // nobody will report its end
  }

  /** It is over; only its last events are still to come. */
  #close(): void {
    this.#closedMs ??= this.#nowMs();
    this.#deadlines.clear();
    this.#lastEvents ??= setTimeout(() => this.#settleSoon(), LAST_EVENTS_MS);
  }

  #settleSoon(): void {
    this.#close();
    if (this.#isSettling) return;
    this.#isSettling = true;
    clearTimeout(this.#lastEvents);
    setImmediate(() => this.#settle().then(this.#settled.resolve, this.#settled.reject));
  }

  async #settle(): Promise<Exchange> {
    const fault = this.#fault;
    const complete = this.#response?.isComplete() ?? false;
    this.#opening?.[Symbol.dispose]();
    const loopLagMs = this.#stopWatchingLag();
    const reply = this.#bug === null ? ((await this.#body?.end()) ?? null) : null;
    if (this.#bug !== null) throw this.#bug.error;
    const wire = endingOf({ stage: this.#stage(), fault, complete });
    const decodable = this.#undecodable === null || wire.kind !== 'complete';
    return {
      requestStartAtMs: this.#requestStartAtMs,
      requestStartMonotonicMs: this.#zeroMs,
      ...lengthsOf(this.#connecting),
      sentMs: this.#sentMs,
      headersMs: this.#headersMs,
      closedMs: this.#closedMs ?? this.#nowMs(),
      status: this.#response?.status ?? null,
      headers: this.#response?.headers ?? {},
      ending: this.#ours ?? (decodable ? wire : this.#decodeFailure(this.#undecodable ?? '')),
      reply,
      loopLagMs,
      deadlineLagMs: this.#deadlineLagMs,
    };
  }

  #decodeFailure(code: string): Ending {
    return failed('decode_error', this.#stage() === 'first_token' ? 'first_token' : 'stream', code);
  }
}

function plainHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]),
  );
}
