/** A process that answers messages one after the other and ends with this one. */
export interface Child<Ask, Answer> extends AsyncDisposable {
  ask(message: Ask): Promise<Answer>;
}

/**
 * Starts a module of `bench/` as a process of its own; it says something once it is ready.
 *
 * @returns the process and the first thing it said
 */
export async function startChild<Hello, Ask = never, Answer = never>(
  module: URL,
  args: readonly string[] = [],
): Promise<readonly [Child<Ask, Answer>, Hello]> {
  const waiting: PromiseWithResolvers<unknown>[] = [Promise.withResolvers<unknown>()];
  const { promise: hello } = waiting[0]!;
  const child = Bun.spawn([process.execPath, module.pathname, ...args], {
    stdio: ['ignore', 'inherit', 'inherit'],
    serialization: 'advanced',
    ipc: (message) => waiting.shift()?.resolve(message),
    onExit: (_child, code) => {
      for (const { reject } of waiting.splice(0)) reject(new Error(`${module.pathname} has ended (${code})`));
    },
  });
  const asked = {
    ask(message: Ask) {
      const answer = Promise.withResolvers<unknown>();
      waiting.push(answer);
      child.send(message);
      return answer.promise as Promise<Answer>;
    },
    async [Symbol.asyncDispose]() {
      child.kill();
      await child.exited;
    },
  };
  return [asked, (await hello) as Hello];
}

/** The other side: says hello, answers each message, and ends when the parent does. */
export function serveParent<Ask, Answer>(hello: unknown, answer: (message: Ask) => Promise<Answer>): void {
  process.on('disconnect', () => process.exit());
  process.on('message', (message: Ask) => {
    answer(message).then(
      (result) => process.send?.(result),
      (error) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
  process.send?.(hello);
}
