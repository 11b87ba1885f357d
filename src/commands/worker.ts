import { ConfigError } from '../config.ts';
import type { Command } from './command.ts';
import { run } from './run.ts';

export const worker: Command = {
  usage: 'worker',
  about: 'a process of a fleet that only asks, from its place, whatever ROLES says: see DATABASE_URL',
  options: {},
  words: { min: 0, max: 0 },
  async run(words, flags, console) {
    const { environment } = console;
    if (!environment.DATABASE_URL?.trim()) {
      throw new ConfigError(['DATABASE_URL is required: a worker asks what a fleet has planned in its database']);
    }
    return await run.run(words, flags, { ...console, environment: { ...environment, ROLES: 'probe' } });
  },
};
