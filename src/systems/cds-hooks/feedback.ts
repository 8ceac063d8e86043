/** Feedback rows (CDS Hooks "Feedback"): read one by one, so that a bad row never loses the others. Epic's spelling is understood. */
import { z } from 'zod';
import type { CardAnswer } from '#src/case/card.ts';
import { uuidV5 } from './card-uuid.ts';
import { type Fault, Refusal } from './operation-outcome.ts';
import { overrideReason } from './override-reasons.ts';
import type { TrustProfile } from './trust-profile.ts';

const text = z.string().optional().catch(undefined);
const coding = z.looseObject({ code: text, system: text, display: text });
/** The specification says `reason` is a Coding; Epic nests its own words under `extension`. */
const given = z
  .looseObject({ reason: coding.optional().catch(undefined), userComment: text, extension: z.looseObject({}).optional().catch(undefined) })
  .optional()
  .catch(undefined);
const row = z.looseObject({
  // A database takes no NUL, and a row that it refuses would make the client send the batch for ever.
  card: z.string().regex(/^[^\p{Cc}\p{Cs}]{1,200}$/u),
  outcome: z.enum(['accepted', 'overridden']),
  acceptedSuggestions: z
    .array(z.looseObject({ id: text }).catch({ id: undefined }))
    .optional()
    .catch(undefined),
  outcomeTimestamp: z.string().optional().catch(undefined),
  overrideReason: given,
  overrideReasons: given,
});

export interface ReadFeedback {
  readonly answers: readonly CardAnswer[];
  readonly faults: readonly Fault[];
}

/** Throws Refusal 400 only when there is no `feedback` array at all. Rows repeated within a batch are returned once. */
export function readFeedback(body: unknown, profile: TrustProfile, now: Date): ReadFeedback {
  const outer = z.looseObject({ feedback: z.array(z.unknown()) }).safeParse(body);
  if (!outer.success) throw new Refusal(400, 'CDS_BAD_FEEDBACK', [{ code: 'required', element: 'feedback', diagnostics: 'an array is required' }]);
  const answers = new Map<string, CardAnswer>();
  const faults: Fault[] = [];
  outer.data.feedback.forEach((candidate, index) => {
    const found = row.safeParse(candidate);
    if (found.success) {
      const answer = toAnswer(found.data, profile, now);
      answers.set(`${answer.cardUuid} ${answer.outcome} ${answer.at}`, answer);
    } else {
      const path = found.error.issues[0]?.path.join('.') ?? '';
      faults.push({
        code: 'value',
        element: `feedback[${index}]${path === '' ? '' : `.${path}`}`,
        diagnostics: 'row not understood, the others are kept',
      });
    }
  });
  return { answers: [...answers.values()], faults };
}

function toAnswer(found: z.infer<typeof row>, profile: TrustProfile, now: Date): CardAnswer {
  const why = found.overrideReason ?? found.overrideReasons;
  const overridden = found.outcome === 'overridden';
  const words = [why?.reason?.display, why?.userComment, ...epicWords(why?.extension)].filter(
    (w): w is string => typeof w === 'string' && w.trim() !== '',
  );
  return {
    cardUuid: found.card.toLowerCase(),
    outcome: found.outcome,
    accepted: overridden ? null : acceptedWhat(found.card, found.acceptedSuggestions ?? []),
    reason: overridden && why?.reason ? overrideReason(why.reason, profile) : 'none',
    reasonText: overridden && words.length > 0 ? storable([...new Set(words)].join(': ')) : null,
    at: instant(found.outcomeTimestamp, now),
    by: `cds-client:${profile.name}`,
  };
}

/** At most 1000 characters, without what a database refuses in text: NUL and other controls, halves of a surrogate pair. */
function storable(words: string): string {
  return words
    .replaceAll(/\p{Cc}+/gu, ' ')
    .slice(0, 1000)
    .toWellFormed();
}

/** Suggestion ids are made from the card's, so that nothing has to be stored to know them again. */
function acceptedWhat(card: string, suggestions: readonly { id?: string | undefined }[]): CardAnswer['accepted'] {
  const ids = suggestions.map(({ id }) => id?.toLowerCase());
  return (['refer', 'review'] as const).find((what) => ids.includes(uuidV5(what, card.toLowerCase()))) ?? null;
}

function epicWords(extension: Record<string, unknown> | undefined): string[] {
  return ['reasonCategory', 'reasonTitle', 'reasonDisplay'].flatMap((name) => {
    const value = extension?.[`com.epic.cdshooks.feedback.overrideReason.${name}`];
    return typeof value === 'string' ? [value] : [];
  });
}

/** In UTC to the second, so that two spellings of one moment are one answer. Without a usable time: today, so that a repeat changes nothing. */
function instant(timestamp: string | undefined, now: Date): string {
  const parsed = timestamp === undefined ? Number.NaN : Date.parse(timestamp);
  const usable = Number.isFinite(parsed) && parsed <= now.getTime() + 86_400_000;
  return usable ? new Date(parsed).toISOString() : `${now.toISOString().slice(0, 10)}T00:00:00.000Z`;
}
