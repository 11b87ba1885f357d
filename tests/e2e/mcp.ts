import { expect } from 'bun:test';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { SYSTEM_CLOCK } from '../../src/parts.ts';
import { openStore } from '../../src/store/open-store.ts';
import { aFoundIncident, aRecord } from '../support/builders.ts';
import { tempDir } from '../support/temp-dir.ts';
import { childEnvironment, jsonLines, programTest, ROOT, runProgram } from './program.ts';

const settings = (folder: string) => ({ PUSH: 'off', DATA_DIR: join(folder, 'data') });
const storeIn = (folder: string) =>
  openStore({ dataDir: join(folder, 'data'), csvPath: join(folder, 'buffer.csv') }, { clock: SYSTEM_CLOCK });

programTest('`mcp` answers an assistant beside a daemon that writes, and sees what is new', async () => {
  using folder = tempDir();
  const client = new Client({ name: 'test', version: '1' });
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: ['run', join(ROOT, 'index.ts'), 'mcp'],
    cwd: folder.path,
    env: childEnvironment(settings(folder.path)),
    stderr: 'pipe',
  });
  let stderr = '';
  transport.stderr?.on('data', (bytes) => {
    stderr += bytes;
  });
  const incidents = async () => client.callTool({ name: 'list_incidents', arguments: {} });
  await client.connect(transport);
  try {
    const { tools } = await client.listTools();
    const without = await incidents();
    using daemon = storeIn(folder.path);
    const startedAtMs = Date.now() - 60_000;
    await daemon.append([aRecord({ cycleTimestampIso: new Date(startedAtMs).toISOString() })]);
    const none = await incidents();
    await daemon.saveIncidents([aFoundIncident({ startedAtMs, noticedAtMs: startedAtMs })]);
    const one = await incidents();
    const target = { model: 'acme/Thinker-7B', provider: 'swiftcloud' };
    const state = await client.callTool({ name: 'endpoint_state', arguments: target });

    expect(tools).toHaveLength(5);
    expect(without).toMatchObject({ isError: true, content: [{ text: expect.stringContaining('there is no store') }] });
    expect(none.structuredContent).toEqual({ incidents: [] });
    expect(one.structuredContent).toMatchObject({ incidents: [{ kind: 'outage', provider: 'swiftcloud' }] });
    expect(state.structuredContent).toMatchObject({ provider: 'swiftcloud', availability: { n: 1 } });
    expect(stderr).toBe('');
  } finally {
    await client.close();
  }
});

programTest('`mcp` says nothing but the protocol, survives what is none of it, and ends with its input', async () => {
  using folder = tempDir();
  const clientInfo = { name: 'test', version: '1' };
  const messages = [
    { id: 1, method: 'initialize', params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo } },
    { method: 'notifications/initialized' },
    { id: 2, method: 'tools/call', params: { name: 'list_models', arguments: {} } },
    { id: 3, method: 'no/such' },
  ].map((message) => JSON.stringify({ jsonrpc: '2.0', ...message }));
  const input = `no JSON \u001b[2J\n${messages.join('\n')}\n`;
  const spoken = await runProgram(['mcp'], settings(folder.path), input);
  const silent = await runProgram(['mcp'], settings(folder.path));

  expect(spoken.exitCode).toBe(0);
  expect(jsonLines(spoken.stdout).toSorted((a, b) => Number(a.id) - Number(b.id))).toMatchObject([
    { jsonrpc: '2.0', id: 1, result: { serverInfo: { name: 'inference-providers-metrics-tracker' } } },
    { jsonrpc: '2.0', id: 2, result: { isError: true } },
    { jsonrpc: '2.0', id: 3, error: { code: -32601 } },
  ]);
  expect(jsonLines(spoken.stderr)).toMatchObject([{ level: 'warn', msg: 'a message of the assistant cannot be read' }]);
  expect([silent.exitCode, silent.stdout, silent.stderr]).toEqual([0, '', '']);
});
