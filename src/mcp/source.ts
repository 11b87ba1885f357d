import type { IncidentStore, Knowledge } from '../ports.ts';

/** What assistants are told of. */
export interface Told {
  readonly knowledge: Knowledge;
  readonly incidents: Pick<IncidentStore, 'incidents'>;
}

/** A store that was opened, and what is known from it as of the last `refresh`. */
export interface Opened extends Told, Disposable {
  readonly knowledge: Knowledge & { refresh(): Promise<void> };
}

export interface Source extends AsyncDisposable {
  /**
   * With everything that is stored at this moment. Asked by several at once, it looks once for all of them.
   *
   * @throws what `open` throws; the next one to ask opens anew
   */
  current(): Promise<Told>;
}

/** @param open when somebody first asks: there may be no store yet when an assistant starts us */
export function createSource(open: () => Promise<Opened>): Source {
  let opening: Promise<Opened> | null = null;
  let refreshing: Promise<void> | null = null;

  async function close(what: Promise<Opened> | null): Promise<void> {
    if (opening === what) opening = null;
    const opened = await what?.catch(() => null); // whoever asked was told
    opened?.[Symbol.dispose]();
  }

  return {
    async current() {
      opening ??= open();
      const mine = opening;
      try {
        const opened = await mine;
        refreshing ??= opened.knowledge.refresh().finally(() => {
          refreshing = null;
        });
        await refreshing;
        return opened;
      } catch (error) {
        if (opening === mine) await close(mine);
        throw error;
      }
    },
    [Symbol.asyncDispose]: () => close(opening),
  };
}
