/** The book of context words: those that deny, doubt, condition, date or hand over a statement: their direction, and the look-alikes that do none of it. */
import { DENY_BACKWARD, DENY_FORWARD, DENY_LABELLED } from './deny-words.ts';
import { CONDITION_BACKWARD, CONDITION_FORWARD, DOUBT_BACKWARD, DOUBT_FORWARD, DOUBT_LABELLED } from './doubt-words.ts';
import { NO_DENIALS, NO_DOUBTS } from './look-alikes.ts';
import {
  BEFORE_BACKWARD,
  BEFORE_FORWARD,
  OTHER_PERSON,
  OTHER_PERSON_BACKWARD,
  PAST_BACKWARD,
  PAST_FORWARD,
  PAST_YEARS,
  PSEUDO_PERSON,
} from './person-and-past-words.ts';
import { phraseBook } from './phrase-book.ts';
import { list } from './word-list.ts';

/** What a word does to the concepts in its reach. 'stop' ends the reach of others; 'nothing' is a look-alike that must not be read as the words in it. */
export type Effect = 'deny' | 'doubt' | 'confirm' | 'condition' | 'past' | 'other-person' | 'stop' | 'nothing' | 'pseudo-person';
/** 'either' looks forward when a thing follows it ("absent sounds") and backward when none does ("sounds are absent"). */
type Direction = 'forward' | 'backward' | 'both' | 'either';

export interface ContextWord {
  readonly effect: Effect;
  readonly direction: Direction;
  /** It says when, and not that it is over: a fracture so dated may still be there. */
  readonly dates?: true;
}

const word = (effect: Effect, direction: Direction): ContextWord => ({ effect, direction });

/** Words that begin a clause of their own: no reach goes over them. */
const STOP = list(`
  but; however; nevertheless; yet; though; although; still; aside from; except; except for; with the exception of; with exception of; apart
  from; other than; besides; beyond; secondary to; due to; because; because of; as a (cause|result|consequence|source) (of|for); as (the|an)
  (cause|etiology|source|explanation) (of|for); cause (of|for); causes of; reason for; source (of|for); origin of; etiology (of|for); whereas;
  while; which; who; whose; since; to explain; to account for; would explain; would account for; explaining; explanation for; accounting for;
  responsible for; therefore; hence; otherwise; presenting with; presents with; presented with; resulting in; positive for; only; just; then; despite; in
  spite of; superimposed on; in addition to; in association with; in a patient with; in the setting of; in this patient with; given; status
  post; now; now with; here with; here for; currently; today; (complaining|complains|complained|complaint) of; (found|noted) to have; admitted (with|for); (referred|transferred|brought in|brought|sent) (in |)(with|for evaluation of|for treatment of); presents; presented; presenting; (exam|examination) (is|was|) (notable|remarkable|significant) for; [ x ]; { + }
`);

const inBoth = (forward: readonly string[], backward: readonly string[]): string[] => forward.filter((phrase) => backward.includes(phrase));

export const CONTEXT_WORDS = phraseBook<ContextWord>([
  [word('nothing', 'both'), [...NO_DENIALS, ...NO_DOUBTS]],
  [word('pseudo-person', 'both'), PSEUDO_PERSON],
  [word('deny', 'either'), inBoth(DENY_FORWARD, DENY_BACKWARD)],
  [word('deny', 'both'), DENY_LABELLED],
  [word('deny', 'backward'), DENY_BACKWARD],
  [word('deny', 'forward'), DENY_FORWARD],
  [
    word('doubt', 'either'),
    [
      ...inBoth(DOUBT_FORWARD, [...DOUBT_BACKWARD, 'likely', 'probable', 'questioned', '?', 'favored', 'uncertain', 'presumed', 'suggested']),
      '? ?',
      '(is|are|was|were) (likely|probably|possibly|presumably|probable|possible|suspected|presumed|questionable)',
    ],
  ],
  [word('doubt', 'both'), ['versus', 'vs', 'vs .', 'favored over', 'is favored over', 'are favored over', 'preferred over']],
  [word('doubt', 'both'), DOUBT_LABELLED],
  [word('doubt', 'backward'), DOUBT_BACKWARD],
  [word('doubt', 'forward'), DOUBT_FORWARD],
  [
    word('confirm', 'backward'),
    list(
      '? (yes|y|present|positive); (is|are|was|were|has been|have been) (now |again |thus |also |since |) confirmed; (is|are) (now |) (proven|definite|certain)',
    ),
  ],
  [word('condition', 'either'), inBoth(CONDITION_FORWARD, CONDITION_BACKWARD)],
  [word('condition', 'backward'), CONDITION_BACKWARD],
  [word('condition', 'forward'), CONDITION_FORWARD],
  [word('past', 'either'), inBoth(PAST_FORWARD, PAST_BACKWARD)],
  [{ effect: 'past', direction: 'backward', dates: true }, [...BEFORE_BACKWARD, ...PAST_YEARS]],
  [word('past', 'backward'), PAST_BACKWARD],
  [{ effect: 'past', direction: 'forward', dates: true }, BEFORE_FORWARD],
  [word('past', 'forward'), PAST_FORWARD],
  [word('other-person', 'backward'), OTHER_PERSON_BACKWARD],
  [word('other-person', 'forward'), OTHER_PERSON],
  [word('stop', 'both'), STOP],
]);
