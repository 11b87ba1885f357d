/**
 * Unsigned LEB128: seven bits a byte, the lowest first, the top bit set on all but the last.
 * Whole numbers from 0 to 2^53 - 1; of the ways to write one, only the shortest is taken.
 */
export function pushVarint(bytes: number[], value: number): void {
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  bytes.push(rest);
}

/** Numbers out of bytes, one after the other. */
export class VarintReader {
  readonly #bytes: Uint8Array;
  #at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes;
    this.#at = at;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** @throws RangeError when there is no whole number here, or it could be written shorter */
  next(): number {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 49; scale *= 128) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new RangeError('it ends inside a number');
      value += (byte & 127) * scale;
      if (byte >= 128) continue;
      if (byte === 0 && scale > 1) throw new RangeError('a number is longer than it need be');
      if (value > Number.MAX_SAFE_INTEGER) break;
      return value;
    }
    throw new RangeError('a number is above 2^53 - 1');
  }
}
