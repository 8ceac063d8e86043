/** Finds the advice that a fracture report should give: fracture liaison service, bone density, assessment and treatment of osteoporosis. */

import type { Mention } from './mention.ts';
import { phraseBook } from './phrase-book.ts';
import type { Tokens } from './tokens.ts';
import { list } from './word-list.ts';
import { wordSet } from './word-set.ts';

/** 'service' is advice once something is said to be done with it; 'plain' is advice as it stands ("FLS referral"). */
type Sort = 'service' | 'plain' | 'none';
interface Meaning {
  readonly sort: Sort;
  readonly concept: string;
}

export const ADVICE = phraseBook<Meaning>([
  [
    { sort: 'plain', concept: 'FLS referral' },
    list(`
  (fls|fracture liaison service|fracture liaison|fracture liaison nurse|fracture prevention service|fragility fracture service|fragility
  fracture clinic|osteoporosis clinic|osteoporosis service|metabolic bone clinic|metabolic bone service|bone health clinic|bone
  clinic|fracture prevention clinic) (referral|assessment|review|input|alert|notification|pathway|follow up|advised|recommended|suggested);
  (referral|refer|referred|signpost|forward|send) (to|via|through) (the |your |our |local |)(local |)(fls|fracture liaison|fracture prevention
  service|fragility fracture service|osteoporosis clinic|osteoporosis service|metabolic bone clinic|bone health clinic|fragility fracture
  clinic|endocrinology|rheumatology|metabolic bone|metabolic bone service|endocrinologist|rheumatologist); (dxa|dxa scan|bone densitometry|bone density scan|bone density test) (if|unless) (not |)(already |previously |recently )(done|performed|available|known|had|obtained|arranged|undertaken); refer (for|to) (fls|osteoporosis
  assessment|bone health assessment|dxa); (bone health|osteoporosis|metabolic bone|fragility|bone clinic|bone density) (referral|referrals)
`),
  ],
  [
    { sort: 'service', concept: 'FLS referral' },
    list(`
  fls; fracture liaison (service|nurse|team|); fracture prevention (service|clinic); fragility fracture (service|clinic|liaison|pathway); osteoporosis
  (clinic|service|team); metabolic bone (clinic|service|team|disease clinic|disease|unit|disease work up|disease workup); bone
  (health|metabolism) (clinic|service|team); falls (and|&) (fragility|bone) (clinic|service|fracture); endocrinology; bone clinic
`),
  ],
  [
    { sort: 'service', concept: 'bone density test' },
    list(`
  dxa; dxa (scan|study|scanning|bone density); bone (mineral |)(density|densitometry); bone (mineral |)density
  (scan|test|study|measurement|assessment|evaluation|testing|scanning|examination|analysis|determination); dual energy (x ray |xray |)absorptiometry; absorptiometry; densitometry; bmd; bmd
  (testing|test|assessment|scan|measurement|evaluation); bone densitometry (scan|study|test|evaluation)
`),
  ],
  [
    { sort: 'service', concept: 'osteoporosis assessment' },
    list(`
  (osteoporosis|bone health|fracture risk|fragility fracture risk|metabolic bone|bone density|fragility fracture|bone fragility|osteoporotic)
  (assessment|evaluation|workup|work up|investigation|investigations|screening|review|risk assessment|management|follow up|consultation);
  (assessment|evaluation|workup|work
  up|investigation|investigations|screening|screen|assess|evaluate|investigate|review|consultation|assessed|evaluated|investigated|screened|testing)
  (for|of|regarding) (possible |underlying |suspected |)(osteoporosis|bone health|bone fragility|bone mineral density|bone density|fracture
  risk|metabolic bone disease|low bone density|fragility|decreased bone density);   correlation
  for osteoporosis; fragility risk assessment; secondary fracture prevention; secondary prevention; workup of osteoporosis; osteoporosis risk
  factors assessment
`),
  ],
  [
    { sort: 'service', concept: 'bone protection' },
    list(`
  bone (protection|protective treatment|protective therapy|protective medication|sparing therapy|sparing treatment|strengthening
  treatment|protecting treatment); (osteoporosis|anti osteoporosis|antiosteoporosis|antiresorptive|anti resorptive|anti
  osteoporotic|antiosteoporotic|bone active|bone directed) (treatment|therapy|medication|medications|drugs|management); treatment (for|of)
  osteoporosis; treat(ment|ing|ed|) (for|of) (underlying |)osteoporosis; bisphosphonate; bisphosphonates; management of osteoporosis;
  (medical|bone health) management of osteoporosis; bone health optimization
`),
  ],
  [{ sort: 'service', concept: 'fracture risk score' }, ['frax (score|assessment|calculation|)', 'qfracture (score|assessment|)']],
  [
    { sort: 'none', concept: '' },
    [
      'dxa (in|from|dated) (19|20)',
      '(under|attends|attending|known to|followed by) (the |)(fls|fracture liaison service|osteoporosis clinic|metabolic bone clinic|osteoporosis service) (follow up|review|)',
      'known to (the |)(fls|fracture liaison service)',
      'ct for bone density',
      '(sent|referred|requested|seen) (in |)(by|from) (the |)(fls|fracture liaison service|osteoporosis clinic|metabolic bone clinic|osteoporosis service|fracture liaison)',
    ],
  ],
]);

/** Words that make a service or a test into advice, in the same sentence. */
const ADVISING = wordSet(`
  recommend; recommended; recommends; recommendation; recommending; suggest; suggested; suggests; advise; advised; advice; advisable;
  consider; considered; consideration; considering; refer; referral; referred; should; please; indicated; warranted; warrants; warrant;
  merits; merit; may; would; could; might; helpful; useful; correlate; correlation; prompt; needs; need; needed; requires; require; required;
  appropriate; worthwhile; benefit; encouraged; urge; arrange; arranged; organize; organised; organized; request; requested; obtain; propose;
  proposed; ensure; plan; follow; beneficial; prudent; desirable; offer; offered; forwarded; must; trigger; triggers; initiate; flag; flagged; alert; alerted; notify; notified; inform; informed; further; for;
  necessary; ought; opportunity; commence; start
`);
/** Words that put the test into the past or report its result. */
const REPORTING = wordSet(`
  showed; shows; demonstrated; performed; dated; score; scores; result; results; previous; prior; compared; comparison; on; known; under;
  already; last; recent; currently; taking; receiving; continues; history; calibrated; limited; reviewed; from; available
`);

/** All advice in the sentence [first, end). In a history section a test that is asked for is not the reporter's advice: the caller knows. */
export function findAdvice(tokens: Tokens, first: number, end: number): Mention[] {
  const matches = ADVICE.findAll(tokens, first, end).filter((match) => match.meaning.sort !== 'none');
  if (matches.length === 0) return [];
  let strong = false;
  let reporting = false;
  for (let at = first; at < end; at += 1) {
    const text = tokens.text[at] as string;
    strong ||= ADVISING.holds(tokens, at) && text !== 'for' && text !== 'follow' && text !== 'further';
    reporting ||= REPORTING.holds(tokens, at);
  }
  const short = end - first <= 8;
  // "DXA AND VFA" over a report is its title.
  if (first === 0 && end < tokens.length && short && !strong && isTitle(tokens, first, end)) return [];
  return matches
    .filter(
      (match) =>
        match.meaning.sort === 'plain' ||
        strong ||
        (!reporting && (short || match.meaning.concept === 'osteoporosis assessment' || advisingBefore(tokens, first, match.first))),
    )
    .map((match) => ({ target: 'advice', concept: match.meaning.concept, first: match.first, last: match.last, explicit: true }));
}

const TITLE = wordSet(
  'dxa; bmd; bone; density; mineral; densitometry; scan; report; study; exam; examination; result; results; and; vfa; with; of; the; lumbar; spine; hip; hips; femur; :; .; -; &; /; +; (; )',
);

/** Nothing but the name of an examination. */
function isTitle(tokens: Tokens, first: number, end: number): boolean {
  for (let at = first; at < end; at += 1) if (!TITLE.holds(tokens, at)) return false;
  return true;
}

/** "For DXA", "follow up with DXA", "Refer - FLS": an advising word within six tokens before. */
function advisingBefore(tokens: Tokens, first: number, at: number): boolean {
  for (let back = Math.max(first, at - 6); back < at; back += 1) if (ADVISING.holds(tokens, back)) return true;
  return false;
}
