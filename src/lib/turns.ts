/** Work that is asked for again and again, and done one at a time. */
export interface Turns {
  /** Asked for while it is under way, or rests, it is done once more after that. */
  start(): void;
  isUnderWay(): boolean;
  /** Resolves when all that was asked for before is done; it waits for no rest. */
  settled(): Promise<void>;
}

/**
 * @param run what goes wrong in it is its own to catch
 * @param rest after each
 */
export function createTurns(run: () => Promise<void>, rest: () => Promise<void> = async () => undefined): Turns {
  let running: Promise<void> | null = null;
  let isResting = false;
  let again = false;

  async function once(): Promise<void> {
    again = false;
    running = run();
    await running;
    running = null;
  }

  async function turns(): Promise<void> {
    do {
      await once();
      isResting = true;
      await rest();
      isResting = false;
    } while (again && running === null);
  }

  return {
    start() {
      if (running !== null || isResting) again = true;
      else void turns();
    },
    isUnderWay: () => running !== null,
    async settled() {
      while (running !== null) await running;
      if (again) await once();
    },
  };
}
