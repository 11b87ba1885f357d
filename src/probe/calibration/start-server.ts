import { fileURLToPath, type Subprocess, spawn } from 'bun';
import { z } from 'zod';
import type { ScheduleServerPorts } from './schedule-server.ts';

export interface ServerProcess extends AsyncDisposable {
  readonly ports: ScheduleServerPorts;
  /** False once its process has ended. */
  readonly isAlive: boolean;
}

const START_LIMIT_MS = 5000;
const Port = z.number().int().min(1).max(65_535);
const Ports = z.object({ replies: Port, clock: Port });

/**
 * Starts the server of the schedules as a process of its own. It ends with us, however we end, and does not keep us from ending.
 *
 * @throws when it does not come up, in words without paths
 */
export async function startServer(): Promise<ServerProcess> {
  const ready = Promise.withResolvers<ScheduleServerPorts>();
  const child = spawnServer(ready);
  child.unref();
  const timer = setTimeout(() => ready.reject(new Error('the calibration server did not come up')), START_LIMIT_MS);
  try {
    const ports = await ready.promise;
    return {
      ports,
      get isAlive() {
        return child.exitCode === null && child.signalCode === null;
      },
      async [Symbol.asyncDispose]() {
        child.kill();
        await child.exited;
      },
    };
  } catch (error) {
    child.kill();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function spawnServer(ready: PromiseWithResolvers<ScheduleServerPorts>): Subprocess {
  const entry = fileURLToPath(new URL('./server-process.ts', import.meta.url));
  try {
    return spawn([process.execPath, '--smol', entry], {
      env: {}, // it needs none, and what is not there cannot leak
      stdio: ['ignore', 'ignore', 'ignore'],
      ipc(message) {
        const ports = Ports.safeParse(message);
        if (ports.success) ready.resolve(ports.data);
      },
      onExit: () => ready.reject(new Error('the calibration server ended before it was ready')),
    });
  } catch (error) {
    throw new Error(`the calibration server cannot be started (${(error as NodeJS.ErrnoException).code})`);
  }
}
