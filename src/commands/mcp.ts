import { type Readable, Writable } from 'node:stream';
import { createSource, type Opened } from '../mcp/source.ts';
import { openReader, SYSTEM_CLOCK, TRACKER_VERSION } from '../parts.ts';
import { openKnowledge } from '../places.ts';
import { type Command, EXIT } from './command.ts';
import { loadSettings } from './load-settings.ts';

/** Longer messages are no questions of an assistant. */
const LONGEST_MESSAGE_BYTES = 1_000_000;

/** @param stdin standard input; opened when the command runs, since no other one reads it */
export const mcpCommand = (stdin: () => Readable): Command => ({
  usage: 'mcp',
  about: 'answers AI assistants on standard input and output (Model Context Protocol); only reads',
  options: {},
  words: { min: 0, max: 0 },
  async run(_words, _flags, console) {
    const { config, log, redact } = loadSettings(
      console,
      { inference: false, hub: false },
      { json: true, quiet: true },
    );
    if (console.stdout.isTTY)
      console.stderr.write('An assistant starts this and speaks to it: see README.md, "mcp". Ctrl-D ends it.\n');

    const intervalMs = config.schedule.intervalMs;
    const open = async (): Promise<Opened> => {
      using opening = new DisposableStack();
      const store = opening.use(await openReader(config));
      const { nowMs } = SYSTEM_CLOCK;
      const knowledge = await openKnowledge(store, { intervalMs, nowMs, location: config.location });
      const held = opening.move();
      return { knowledge, incidents: store, [Symbol.dispose]: () => held.dispose() };
    };
    // Only here: it weighs 8 MB, which the daemon need not carry.
    const { createAssistantServer } = await import('../mcp/server.ts');
    const { StdioServerTransport } = await import('@modelcontextprotocol/sdk/server/stdio.js');
    await using source = createSource(open);
    const { server, idle } = createAssistantServer({ source, version: TRACKER_VERSION, redact, log });

    const input = stdin();
    const ended = Promise.withResolvers<void>();
    const end = () => ended.resolve();
    for (const event of ['end', 'close', 'error']) input.once(event, end);
    console.stop.addEventListener('abort', end, { once: true });
    server.server.onclose = end;
    server.server.onerror = ({ name }) => log.warn({ error: name }, 'a message of the assistant cannot be read');

    const output = new Writable({
      decodeStrings: false,
      write(text: string, _encoding, done) {
        console.stdout.write(text);
        done();
      },
    });
    await server.connect(new StdioServerTransport(input, output, { maxBufferSize: LONGEST_MESSAGE_BYTES }));
    await ended.promise;
    await idle();
    await server.close();
    return EXIT.done;
  },
});
