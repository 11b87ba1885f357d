import type { Socket } from 'node:net';

/** Beyond this the socket is paused until somebody takes. */
const HIGH_WATER_BYTES = 256 * 1024;

/** The bytes of one connection, taken in the portions that a parser asks for. */
export interface Inbox {
  /**
   * The next line without its CRLF, as latin1; null when the other side left before.
   *
   * @throws RangeError when it is longer than that
   */
  line(maxBytes: number): Promise<string | null>;
  /** Exactly so many bytes; null when the other side left before. */
  take(bytes: number): Promise<Buffer | null>;
}

export function createInbox(socket: Socket): Inbox {
  let parts: Buffer[] = [];
  let heldBytes = 0;
  let over = false;
  let wake = () => {};

  const end = () => {
    over = true;
    wake();
  };
  socket.on('end', end).on('close', end);
  socket.on('data', (part: Buffer) => {
    parts.push(part);
    heldBytes += part.length;
    if (heldBytes > HIGH_WATER_BYTES) socket.pause();
    wake();
  });

  /** Waits for bytes; false when none will come. */
  const more = async (): Promise<boolean> => {
    if (over) return false;
    await new Promise<void>((resolve) => {
      wake = resolve;
      socket.resume();
    });
    return true;
  };
  const all = (): Buffer => {
    const joined = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    parts = [joined];
    return joined;
  };
  const cut = (bytes: number): Buffer => {
    const joined = all();
    const rest = joined.subarray(bytes);
    parts = rest.length > 0 ? [rest] : [];
    heldBytes = rest.length;
    return joined.subarray(0, bytes);
  };

  return {
    async line(maxBytes) {
      for (;;) {
        const end = all().indexOf('\r\n');
        if (end > maxBytes || (end < 0 && heldBytes > maxBytes))
          throw new RangeError(`a line of over ${maxBytes} bytes`);
        if (end >= 0) return cut(end + 2).toString('latin1', 0, end);
        if (!(await more())) return null;
      }
    },
    async take(bytes) {
      while (heldBytes < bytes) if (!(await more())) return null;
      return cut(bytes);
    },
  };
}
