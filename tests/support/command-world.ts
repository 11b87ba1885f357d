import { expect } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command, Flags } from '../../src/commands/command.ts';
import { startWorld } from '../../src/sim/world.ts';
import { tempDir } from './temp-dir.ts';

/** Commands as a person types them, in a simulated world without delays, with a store of its own. */
export interface CommandWorld extends AsyncDisposable {
  /** @returns what the command wrote; it ends well */
  run(
    command: Command,
    flags: Flags,
    overrides?: Readonly<Record<string, string>>,
  ): Promise<{ readonly stdout: string; readonly stderr: string }>;
}

export async function startCommandWorld(seed: number): Promise<CommandWorld> {
  const folder = tempDir();
  const world = await startWorld({ seed, pace: 0 });
  writeFileSync(join(folder.path, 'mapping.json'), JSON.stringify(world.mapping));
  return {
    async run(command, flags, overrides = {}) {
      const written = { stdout: '', stderr: '' };
      const into = (output: keyof typeof written) => ({
        write(text: string) {
          written[output] += text;
        },
      });
      const environment = {
        ...{ HF_TOKEN: world.token, PUSH: 'off', HF_ENDPOINT: world.hubUrl, HF_ROUTER_ENDPOINT: world.routerUrl },
        ...{ PROVIDER_ENDPOINT_MAPPING_PATH: 'mapping.json', MODELS_TO_FETCH: '2', PROBE_RETRIES: '0' },
        ...overrides,
      };
      const { signal: stop } = new AbortController();
      const console = { environment, baseDir: folder.path, stdout: into('stdout'), stderr: into('stderr'), stop };
      expect(await command.run([], flags, console)).toBe(0);
      return written;
    },
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}
