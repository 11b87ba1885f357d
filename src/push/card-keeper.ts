import type { ContentHash, DatasetHub, Log } from '../ports.ts';
import { CARD_PATH, knowsDays, renewedCard } from './card.ts';
import { gitBlobId } from './content-hash.ts';
import { HubFailure } from './hub-failure.ts';

/** Keeps the card of the dataset up to date, and somebody's own words in it as they are. */
export interface CardKeeper {
  /**
   * The card to commit beside these paths; null when it is right as it is, or not ours to change. Reads it only when it is not as we
   * know it, with one request. A card that cannot be read is left for the next push: it holds up no data.
   *
   * @param there what the dataset tells of `README.md`; undefined: it tells of none
   * @throws HubFailure when we were told to stop
   */
  renewal(
    there: ContentHash | undefined,
    paths: readonly string[],
    signal: AbortSignal,
  ): Promise<{ readonly path: string; readonly bytes: Uint8Array } | null>;
  /** The Hub takes the data, but not with this card: none is offered until the next start. */
  refused(reason: string): void;
}

interface CardKeeperParts {
  /** `owner/name` of the dataset. */
  readonly repo: string;
  readonly hub: DatasetHub;
  readonly log: Log;
}

export function createCardKeeper({ repo, hub, log }: CardKeeperParts): CardKeeper {
  /** The card as it was last read or made, and whether it needs nothing when files of days come. */
  let known: { readonly hex: string; readonly text: string | null; readonly isReadyForDays: boolean } | null = null;
  let isRefused = false;

  /** A listing may be older than the card: only a read that finds none proves that there is none. */
  async function read(signal: AbortSignal): Promise<string | null> {
    try {
      return await hub.text(CARD_PATH, signal);
    } catch (error) {
      if (error instanceof HubFailure && error.kind === 'not_found') return null;
      throw error;
    }
  }

  function renew(existing: string | null, bringsDays: boolean): Uint8Array | null {
    const hasDays = bringsDays || knowsDays(existing ?? '');
    const card = renewedCard(existing, { repo, hasDays });
    const text = card ?? existing;
    const bytes = Buffer.from(text ?? '');
    known = { hex: gitBlobId(bytes), text, isReadyForDays: hasDays || card === null };
    if (card === null) log.info({ path: CARD_PATH }, 'the card of the dataset has none of our marks; it is left alone');
    return card === null || card === existing ? null : bytes;
  }

  return {
    async renewal(there, paths, signal) {
      if (isRefused) return null;
      const bringsDays = paths.some((path) => path.startsWith('daily/'));
      const isKnown = known !== null && there?.hex === known.hex;
      if (isKnown && (known!.isReadyForDays || !bringsDays)) return null;
      try {
        const bytes = renew(isKnown ? known!.text : await read(signal), bringsDays);
        return bytes && { path: CARD_PATH, bytes };
      } catch (error) {
        if (!(error instanceof HubFailure) || error.kind === 'aborted') throw error;
        log.warn({ reason: error.message }, 'the card of the dataset cannot be read; it is left for the next push');
        return null;
      }
    },

    refused(reason) {
      isRefused = true;
      log.warn({ reason }, 'the Hub refuses the card of the dataset; the data went without it');
    },
  };
}
