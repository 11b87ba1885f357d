import type { FleetSettings } from '../domain/settings.ts';
import { keepingOn, SYSTEM_CLOCK } from '../parts.ts';
import { pushNow } from '../pusher.ts';
import { openStore } from '../store/open-store.ts';
import { openShared } from '../store/postgres/open-postgres-store.ts';
import { type Command, type Console, EXIT } from './command.ts';
import { loadSettings } from './load-settings.ts';

type Settings = ReturnType<typeof loadSettings>;

export const push: Command = {
  usage: 'push',
  about: 'brings what is not yet there into the dataset',
  options: {},
  words: { min: 0, max: 0 },
  async run(_words, _flags, console) {
    const settings = loadSettings(console, { inference: false, hub: true });
    const { config } = settings;
    if (config.push === null) {
      console.stderr.write(
        config.fleet?.roles.has('push') === false
          ? 'ROLES has no push: this process brings nothing into the dataset.\n'
          : 'PUSH=off: there is no dataset to push to.\n',
      );
      return EXIT.failed;
    }
    const done = await (config.fleet === null
      ? pushLocal(settings, console)
      : pushShared(config.fleet, settings, console));
    return done ? EXIT.done : EXIT.failed;
  },
};

async function pushLocal({ config, log }: Settings, { stop }: Console): Promise<boolean> {
  using store = openStore(config.store, { clock: SYSTEM_CLOCK });
  return await pushNow(keepingOn(store, config, log), stop);
}

/** In the role, so that no two push at once. */
async function pushShared({ databaseUrl: url }: FleetSettings, { config, log }: Settings, console: Console) {
  const { csvPath } = config.store;
  await using shared = await openShared({ url, csvPath }, { clock: SYSTEM_CLOCK });
  await using held = await shared.roleLock.hold('push', console.stop);
  if (held === null) {
    console.stderr.write(
      'Another process has the role push: what is not in the dataset yet goes with its next push.\n',
    );
    return false;
  }
  return await pushNow(keepingOn(shared.store, config, log), AbortSignal.any([console.stop, held.lost]));
}
