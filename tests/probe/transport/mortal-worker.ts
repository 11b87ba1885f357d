// The real Worker, and four ways to lose it, by the path that is asked for.
import '../../../src/probe/transport/worker.ts';
import type { ToWorker } from '../../../src/probe/transport/worker-messages.ts';

declare const self: Worker;

const serve = self.onmessage!;

self.onmessage = (event: MessageEvent<ToWorker>) => {
  const path = event.data.kind === 'ask' ? new URL(event.data.question.url).pathname : '';
  switch (path) {
    case '/throw':
      throw new Error('a secret of /home/somebody');
    case '/reject':
      void Promise.reject(new Error('a secret of /home/somebody'));
      return;
    case '/exit':
      process.exit(3);
      return;
    case '/spin':
      for (;;);
  }
  return serve.call(self, event);
};
