import { createReplyReader } from '../reply-reader.ts';
import type { Transport } from '../types.ts';
import { createTransport } from './transport.ts';
import type { FromWorker, ToWorker } from './worker-messages.ts';

// The Worker's own thread: nothing but asking happens here, so that nothing delays a stamp.
// `onmessage` is set before anything could wait: messages that arrive earlier would be lost.
declare const self: Worker;

const cancels = new Map<number, AbortController>();
let transport: Transport | null = null;

const reply = (message: FromWorker) => self.postMessage(message);

self.onmessage = ({ data }: MessageEvent<ToWorker>) => {
  switch (data.kind) {
    case 'open':
      transport = createTransport({ ...data.options, createReader: createReplyReader });
      return;
    case 'cancel':
      cancels.get(data.id)?.abort();
      return;
    case 'ask': {
      const { id, question } = data;
      const cancel = new AbortController();
      cancels.set(id, cancel);
      transport
        ?.exchange(question, cancel.signal)
        .then(
          (exchange) => reply({ kind: 'settled', id, exchange }),
          (error) => reply({ kind: 'broken', id, name: error instanceof Error ? error.name : typeof error }),
        )
        .finally(() => cancels.delete(id));
      return;
    }
    case 'ping': {
      const { id, port } = data;
      transport?.pingClock(port).then((pings) => reply({ kind: 'pinged', id, pings }));
      return;
    }
    default:
      data satisfies never;
  }
};
