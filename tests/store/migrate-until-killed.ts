import { openForWriting } from '../../src/store/database.ts';
import { migrate } from '../../src/store/schema.ts';

/** A child process for migrations.test.ts: brings the store of a folder up to date, and dies by SIGKILL at the end of the step to a version. */
const [folder, version] = process.argv.slice(2) as [string, string];
migrate(openForWriting(folder), (reached) => {
  if (reached === Number(version)) process.kill(process.pid, 'SIGKILL');
});
