import { startScheduleServer } from './schedule-server.ts';

// A process of its own, so that its stamps owe nothing to the thread they are compared with. It lives as long as the one that started it:
// when that ends, in whatever way, the channel between them closes; and with the server closed there is nothing left to wait for.

const { replies, clock, [Symbol.dispose]: close } = await startScheduleServer();
if (process.connected) {
  process.once('disconnect', close);
  process.send?.({ replies, clock });
} else {
  close();
}
