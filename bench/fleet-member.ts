import { inRole } from '../src/fleet/roles.ts';
import { createRedactor } from '../src/lib/redact.ts';
import { createLog } from '../src/observe/log.ts';
import { SYSTEM_CLOCK } from '../src/parts.ts';
import { openClient } from '../src/store/postgres/client.ts';
import { postgresRoleLock } from '../src/store/postgres/role-lock.ts';
import { isUnreachable } from '../src/store/postgres/unreachable.ts';

// A process of a fleet that leads while it has the role, and does nothing. Argument: address of the database. It says so when it begins to lead.

const parts = {
  roles: postgresRoleLock(openClient({ url: process.argv[2]! })),
  isUnreachable,
  clock: SYSTEM_CLOCK,
  log: createLog({ level: 'error', output: process.stderr, redact: createRedactor([]) }),
};
process.on('disconnect', () => process.exit());
const never = new AbortController().signal;
await inRole(
  'schedule',
  async (signal) => {
    process.send?.('leads');
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
  },
  parts,
  never,
);
