/**
 * Remembers which case a shown card belongs to, before the card leaves: an answer may follow within milliseconds, and one to a card that nobody
 * remembers would be lost. A card that could not be remembered is shown all the same, and is remembered when its answer comes.
 */
import type { CaseId } from '#src/case/ids.ts';
import type { CardIndex } from '#src/ports.ts';

export interface ShownCards {
  /** Once for each card; the fault when the database would not take it. */
  show(cardUuid: string, id: CaseId): Promise<{ readonly fault: unknown } | null>;
  /** Before an answer is stored. Rejects while the card still cannot be remembered: the client sends its answer again. */
  beforeAnswer(cardUuid: string): Promise<void>;
}

const MOST_KEPT = 10_000;

export function shownCards(cards: Pick<CardIndex, 'remember'>): ShownCards {
  const remembered = new Set<string>();
  const owed = new Map<string, CaseId>();
  const remember = async (cardUuid: string, id: CaseId): Promise<void> => {
    await cards.remember(cardUuid, id);
    if (remembered.size >= MOST_KEPT) remembered.clear();
    remembered.add(cardUuid);
    owed.delete(cardUuid);
  };
  return {
    async show(cardUuid, id) {
      if (remembered.has(cardUuid)) return null;
      try {
        await remember(cardUuid, id);
        return null;
      } catch (fault) {
        if (owed.size < MOST_KEPT) owed.set(cardUuid, id);
        return { fault };
      }
    },
    async beforeAnswer(cardUuid) {
      const id = owed.get(cardUuid);
      if (id !== undefined) await remember(cardUuid, id);
    },
  };
}
