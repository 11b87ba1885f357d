import { setImmediate } from 'node:timers/promises';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import type { Redact } from '../lib/redact.ts';
import { visible } from '../lib/visible.ts';
import type { Log } from '../ports.ts';
import { StoreError } from '../store/errors.ts';
import { Problem } from '../web/problem.ts';
import { createPublisher } from '../web/publish.ts';
import type { Source } from './source.ts';
import { TOOLS, type Tool, Unanswerable } from './tools.ts';

const INSTRUCTIONS =
  'Measurements of inference providers for open models: each live provider of a model is asked the same question at the same moments, day and night. ' +
  'Every figure tells its n, interval and window; null is unknown, never zero. Quote the n, and name no winner where `better` is null or a place is shared.';

/** What an assistant can send at most; a question of ours has a handful of arguments. */
const MOST_ARGUMENTS = 64;

export interface AssistantServer {
  readonly server: McpServer;
  /** Resolves once whatever was asked is answered. */
  idle(): Promise<void>;
}

/** Answers assistants, by whatever transport it is connected to. It reads and does nothing else. */
export function createAssistantServer(parts: {
  readonly source: Source;
  readonly version: string;
  readonly redact: Redact;
  readonly log: Log;
}): AssistantServer {
  const { source, version, redact, log } = parts;
  const publish = createPublisher(redact);
  const server = new McpServer(
    { name: 'inference-providers-metrics-tracker', title: 'Inference Providers Metrics Tracker', version },
    { instructions: INSTRUCTIONS, maxToolInputElements: MOST_ARGUMENTS },
  );
  const underWay = new Set<Promise<unknown>>();

  async function answer(
    { name, answer: schema, handle }: Tool,
    given: Record<string, unknown>,
  ): Promise<CallToolResult> {
    try {
      const { value, words } = await handle(given, await source.current());
      const structuredContent = publish(schema, value) as Record<string, unknown>;
      return { structuredContent, content: [{ type: 'text', text: redact(words.map(visible).join('\n')) }] };
    } catch (error) {
      if (error instanceof Unanswerable || error instanceof Problem || error instanceof StoreError) {
        return failure(redact(visible(error.message)));
      }
      log.error({ error, tool: name }, 'an assistant could not be answered');
      return failure('a fault of the tracker itself; what it wrote to standard error tells more');
    }
  }

  for (const tool of TOOLS) {
    const { name, title, description, parameters: inputSchema, answer: outputSchema } = tool;
    const annotations = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false };
    server.registerTool(name, { title, description, inputSchema, outputSchema, annotations }, (given) => {
      const answering = answer(tool, given);
      underWay.add(answering);
      return answering.finally(() => underWay.delete(answering));
    });
  }

  return {
    server,
    async idle() {
      await setImmediate(); // what was read a moment ago begins
      while (underWay.size > 0) await Promise.all(underWay);
      await setImmediate(); // and is written
    },
  };
}

const failure = (text: string): CallToolResult => ({ isError: true, content: [{ type: 'text', text }] });
