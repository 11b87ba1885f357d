import { openKeeping } from '../parts.ts';
import { pushNow } from '../pusher.ts';
import { type Command, EXIT } from './command.ts';
import { loadSettings } from './load-settings.ts';

export const push: Command = {
  usage: 'push',
  about: 'brings what is not yet there into the dataset',
  options: {},
  words: { min: 0, max: 0 },
  async run(_words, _flags, console) {
    const { config, log } = loadSettings(console, { inference: false, hub: true });
    if (config.push === null) {
      console.stderr.write('PUSH=off: there is no dataset to push to.\n');
      return EXIT.failed;
    }
    using keeping = openKeeping(config, log);
    return (await pushNow(keeping, console.stop)) ? EXIT.done : EXIT.failed;
  },
};
