import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createHub } from '../../src/push/hub.ts';
import { startWorld } from '../../src/sim/world.ts';
import { describeDatasetHub } from '../contract/dataset-hub.ts';
import { TOKEN } from '../support/builders.ts';
import { HubDouble } from '../support/hub-double.ts';
import { recordingLog } from '../support/log.ts';
import { MemoryHub } from '../support/memory-hub.ts';
import { SetClock } from '../support/set-clock.ts';
import { tempDir } from '../support/temp-dir.ts';

const REPO = 'acme/metrics';

describeDatasetHub('the memory double', async () => {
  const hub = new MemoryHub();
  return { hub, contentOf: async (path) => hub.files.get(path) ?? null, async [Symbol.asyncDispose]() {} };
});

describeDatasetHub('the client before the double that fails on demand', async () => {
  const double = await HubDouble.start({ token: TOKEN, repo: REPO });
  return {
    hub: createHub({
      token: TOKEN,
      repo: REPO,
      hubEndpoint: double.origin,
      clock: new SetClock(),
      log: recordingLog(),
    }),
    contentOf: async (path) => double.files.get(path) ?? null,
    [Symbol.asyncDispose]: () => double[Symbol.asyncDispose](),
  };
});

describeDatasetHub('the client before the simulated Hub', async () => {
  const resources = new AsyncDisposableStack();
  const folder = resources.use(tempDir()).path;
  const { hubUrl, hubToken, repo } = resources.use(await startWorld({ seed: 1, folder, pace: 0 }));
  const hub = createHub({ token: hubToken, repo, hubEndpoint: hubUrl, clock: new SetClock(), log: recordingLog() });
  await hub.hashes(['README.md'], new AbortController().signal); // creates it
  return {
    hub,
    contentOf: async (path) => {
      const file = join(folder, repo, path);
      return existsSync(file) ? readFileSync(file) : null;
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
});
