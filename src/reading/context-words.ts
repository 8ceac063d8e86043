/** The words that deny, doubt, condition, date or hand over a statement: their direction, and the look-alikes that do none of it. */
import { list, phraseBook } from './phrase-book.ts';

/** What a word does to the concepts in its reach. 'stop' ends the reach of others; 'nothing' is a look-alike that must not be read as the words in it. */
export type Effect = 'deny' | 'doubt' | 'condition' | 'past' | 'other-person' | 'stop' | 'nothing' | 'pseudo-person';
/** 'either' looks forward when a thing follows it ("absent sounds") and backward when none does ("sounds are absent"). */
export type Direction = 'forward' | 'backward' | 'both' | 'either';

export interface ContextWord {
  readonly effect: Effect;
  readonly direction: Direction;
}

const word = (effect: Effect, direction: Direction): ContextWord => ({ effect, direction });

const SEEN =
  '(seen|identified|present|noted|demonstrated|evident|visualized|found|detected|appreciated|observed|shown|apparent|visible|recognized|discernible|revealed|elicited|palpable|palpated|heard|reported|felt|documented|depicted|suggested|suspected|discerned|displayed|confirmed|encountered|obvious|endorsed|indicated|imaged here)';
const CHANGE =
  '(change|changes|increase|decrease|progression|worsening|improvement|resolution|relief|growth|enlargement|extension|reduction|alteration|difference|response|regression|evolution|deterioration)';

const DENY_FORWARD = list(`
  no; not; nor; neither; none of; without; w / o; denies; denied; denying; deny; negative for; absence of; absent; lack of; lacks; lacking;
  free of; free from; clear of; devoid of; never; never had; never developed; fails to; failed to; failure to
  (demonstrate|show|reveal|identify); unremarkable for; ruled out; rules out; ruled the patient out for; ruled him out for; ruled her out for;
  has been ruled out for; ruled out for; rule her out for; rule him out for; excludes; excluding; has excluded; excluded; rather than; instead
  of; as opposed to; no longer; nil; non; zero; unable to (identify|see|detect|demonstrate|visualize|appreciate); cannot
  (see|identify|detect|demonstrate|appreciate); cannot; doesnt; dont; didnt; isnt; arent; wasnt; werent; hasnt; hadnt; havent; argues against;
  argue against; evidence against; goes against; against; unlikely to (be|represent|reflect|indicate|have); unlikely (represents|related to);
  unlikely; nothing; unable to; no (evidence|sign|signs|indication); nothing to (suggest|indicate|support); (is|are|was|were|been|remains|remained) (negative|unremarkable) for; (is|was) (free|clear|devoid) of; resolved; resolution of; complete resolution of; disappearance of; no evidence of; no evidence for; no evidence to
  suggest; insufficient evidence (for|of); little evidence (for|of); no
  (sign|signs|suggestion|indication|features|feature|findings|finding) (of|for|to suggest); no definite; no convincing;
  no obvious; no clear; no discrete; no suspicious; no suspicion (of|for); no concern for; no concerning; no longer any; no likely; no
  possible; no probable; no apparent; no question of; no suggestion; do not suspect; not suspected to (be|have); not suspicious for; not
  suggestive of; not concerning for; not consistent with; not compatible with; not (felt|thought|believed|considered|likely) to
  (be|represent|reflect|have|indicate); not represent; not likely; low (suspicion|probability|likelihood) (of|for); disregard; please
  disregard; (erroneously|incorrectly|mistakenly) (reported|described|stated|dictated|called|labelled|labeled|identified); know acute; know
  evidence of; know fracture; negative; negative study for; negative exam for; negative (ct|mri|xray|radiograph|radiographs|examination) for;
  ruled-out
`);

const DENY_BACKWARD = list(`
  { - }; - ve; { - ve };
  (is|are|was|were|has been|have been|can be|could be|being|) not
  (definitely|clearly|obviously|convincingly|been|be|otherwise|readily|currently|yet|actually|directly|) ${SEEN}; (cannot|could
  not|couldnt|can not) (be|) (definitely|clearly|) ${SEEN}; (isnt|arent|wasnt|werent) ${SEEN}; no longer ${SEEN}; never ${SEEN}; ruled out;
  (is|are|was|were|has been|have been) ruled out; (is|are|was|were|has been|have been) excluded; excluded; absent; (is|are|was|were) absent;
  (is|are|was|were|remains|remain|) negative; has resolved; have resolved; resolved; has (completely|now|since|fully) resolved; have
  (completely|now|since|fully) resolved; unlikely; (is|are|was|were|seems|appears) (very|highly|considered|thought|felt|extremely|) unlikely;
  not likely; (is|are|was|were) denied; has disappeared; not the case; none; none seen; none identified; none present; none noted; none
  detected; none found; none demonstrated; nil; nil seen; not felt to be present; free; was denied by the patient; did not occur; is gone; are
  gone; has cleared; have cleared; (is|was|were|are|being|) in error; (is|was|are|were) (an error|incorrect|erroneous|not
  correct|mistaken|retracted|withdrawn); should (be disregarded|not be included|be removed|be retracted)
`);

const NOTHING = [
  // Not there before means new, not absent.
  `(which|that|) (is|are|was|were|) not ${SEEN} (on|in) (the|) (prior|previous|earlier|old|comparison|last|recent|most recent)`,
  `(which|that|) (was|were|) not ${SEEN} (previously|before|earlier|then)`,
  '(which|that|) (was|were) not there (previously|before)',
  'new (from|since|compared)',
  // Denials of change, of cause or of treatment leave the thing itself standing.
  `no (significant|definite|appreciable|interval|substantial|obvious|apparent|further|notable|clinically|real|clear|convincing|) (significant|interval|appreciable|) ${CHANGE} (in|of|to|from|since|with|over|)`,
  `without (any|significant|interval|further|appreciable|) (significant|interval|) ${CHANGE} (in|of|)`,
  'no evidence of (interval|) (change|increase|growth|progression|worsening|enlargement) (in|of|)',
  'no (retropulsion|displacement|extension|distraction|angulation|comminution|healing|union|callus) of',
  'without (retropulsion|displacement|extension|healing|union) of',
  'no (cause|explanation|etiology|reason|source|treatment|need|indication|role|therapy|surgery|intervention) for',
  'no complications? (of|from)',
  'no complication of',
  'no doubt',
  'without doubt',
  'without difficulty',
  'without (any|) further delay',
  'no significance',
  'no time',
  'no comparison',
  'no (previous|prior) (study|studies|imaging|exam|examination|examinations|films|film|comparison|images|ct|mri|radiographs|scans)',
  'not (significantly|appreciably|substantially|definitely|notably|) (changed|increased|progressed|worsened|improved|decreased|enlarged|altered|extended)',
  'has not (significantly|appreciably|) (changed|increased|progressed|worsened|improved|decreased|enlarged|healed)',
  'have not (significantly|) (changed|increased|progressed|worsened|improved|decreased)',
  'not (cause|causing|caused|explain|explained|account|drain|extend|extending|improving|improved|resolving|resolved|responding|responded|respond|healed|united|controlled|relieved|tolerate|tolerated|compliant)',
  'not only',
  'not necessarily',
  'not simply',
  'not merely',
  'not just',
  'not to mention',
  'not limited to',
  'gram negative',
  'double negative',
  'hiv negative',
  'if negative',
  'if not',
  'whether or not',
  'non displaced',
  'non united',
  'non specific',
  'non traumatic',
  'non contrast',
  'non osteoporotic',
  'non pathological',
  'non enhanced',
  'non enhancing',
  'non tender',
  'non healing',
  'non operative',
  'non small cell',
  'non hodgkin',
  'non hodgkins',
  'non q wave',
  'non insulin',
  'non obstructing',
  'non obstructive',
  'non calcified',
  'non union',
  'non steroidal',
  'non ischemic',
  'non productive',
  'non radiating',
  'no less than',
  'no more than',
  'not more than',
  'not less than',
  'no later than',
  'no other than',
  'not otherwise specified',
  'not otherwise',
  'none the less',
  'nonetheless',
  'no matter',
  'no sooner',
  'not until',
  'not yet',
  'not well',
  'never smoker',
  'absent minded',
  'free fluid',
  'free air',
  'free fragment',
  'disk free',
  'free flap',
  'free text',
  'free standing',
  'free of charge',
  'feel free',
  'against (medical|) advice',
  'against gravity',
  'against resistance',
  'not for',
  'not surprising',
  'not uncommon',
  'not unexpected',
  'not infrequently',
  'not unusual',
  // Words of doubt that doubt the age of a thing, or nothing at all.
  '(age|of) indeterminate',
  'of indeterminate age',
  'of (uncertain|unknown|indeterminate|undetermined|questionable|unclear) (age|chronicity|acuity|significance|etiology|clinical significance|cause)',
  'indeterminate (age|chronicity|acuity|in age|in acuity|in chronicity)',
  '(uncertain|unknown|unclear|undetermined) (age|chronicity|acuity|etiology|significance|cause)',
  '(likely|probably|possibly|presumably|most likely) (chronic|old|remote|longstanding|long standing|subacute|healed|degenerative|benign|osteoporotic|related to|due to|secondary to|stable|unchanged|incidental|reactive|physiological|developmental|congenital|the cause|the source|causing|the result|as a result|on the basis of|acute on chronic|from|because)',
  '(versus|vs) (prior|previous)',
  '(favored|thought|felt|believed|considered|likely|presumed|suspected|suspect|favor) (to be |)(chronic|old|remote|longstanding|subacute|degenerative|benign|healed)',
  'may 1',
  'may 2',
  'in may',
  'may be (due|related|secondary|the cause|contributing|helpful|useful|considered|beneficial|obtained|performed|correlated)',
  'could be (obtained|performed|considered|helpful|useful)',
  'might be (helpful|useful|considered)',
  'may (benefit|wish|consider|explain|help)',
  'or so',
  'or more',
  'or less',
  'if any',
  'as if',
  'if possible',
  'if clinically (indicated|appropriate|warranted|relevant|required)',
  'if indicated',
  'if needed',
  'if required',
  'if appropriate',
  'if not already (done|performed)',
  'if not (previously|already|recently) (done|performed|known|assessed|investigated)',
  'and or',
  'history and physical',
  'history , (physical|examination)',
  'history taking',
  'poor historian',
  'prior to',
  'previous (study|studies|exam|examination|scan|ct|mri|film|films|radiograph|radiographs|imaging|report|day|night|visit)',
  'prior (study|studies|exam|examination|scan|ct|mri|film|films|radiograph|radiographs|imaging|report)',
  'previously (described|noted|seen|demonstrated|reported|identified|mentioned)',
  'as (before|previously)',
  'compared (to|with) (prior|previous)',
  'since (prior|previous)',
  'interval history',
  'social history',
  'history of present illness',
];

const STOP = list(`
  but; however; nevertheless; yet; though; although; still; aside from; except; except for; with the exception of; with exception of; apart
  from; other than; besides; beyond; secondary to; due to; because; because of; as a (cause|result|consequence|source) (of|for); as (the|an)
  (cause|etiology|source|explanation) (of|for); cause (of|for); causes of; reason for; source (of|for); origin of; etiology (of|for); whereas;
  while; which; who; whose; since; to explain; to account for; would explain; would account for; explaining; explanation for; accounting for;
  responsible for; therefore; hence; otherwise; presenting with; presents with; presented with; resulting in; positive for; only; just; then; despite; in
  spite of; superimposed on; in addition to; in association with; in a patient with; in the setting of; in this patient with; given; status
  post; now; now with; here with; here for; currently; today
`);

const DOUBT_FORWARD = list(`
  possible; possibly; possibility of; possibilities include; probable; probably; likely; most likely; more likely; likely to
  (be|represent|reflect); likely (represents|represent|representing|reflects|reflecting|a|an); suspected; suspect; suspects; suspicious for;
  suspicious of; suspicion (of|for); questionable; question of; question; questioned; query; querying; ?; may; may be; may represent; may
  reflect; may have; might; could; could represent; could be; maybe; perhaps; presumed; presumably; presumptive; potential; potentially;
  suggest; suggests; suggested; suggesting; suggestive of; suggestion of; concerning for; concern for; concern of; concerns for; concern
  about; concern regarding; worrisome for; worry about; worried about; equivocal; equivocal for; indeterminate for; uncertain;
  unclear (if|whether); not (clear|certain|sure) (if|whether|that|for); favor; favors; favored; favoring; favored to
  (be|represent|reflect); thought to (be|represent|reflect); felt to (be|represent|reflect); believed to (be|represent); seems to
  (be|represent); impression of; differential (includes|diagnosis|considerations|diagnosis includes|diagnoses include|would
  include|considerations include); considerations include; borderline; (cannot|could not|can not|couldnt|unable to|difficult to|hard
  to|impossible to|not possible to) (entirely|completely|definitively|reliably|confidently|fully|absolutely|categorically|totally|)
  (exclude|rule out|be excluded|be ruled out|discount); not (exclude|rule out|excluded|ruled out); does not (exclude|rule out); doesnt
  (exclude|rule out); do not (exclude|rule out); not (entirely|completely|definitively|) (exclude|excluded|ruled out); less likely; (correlate|correlation) (clinically |)for; doubtful; (is|was|are|were|seems) (doubtful|possible|likely|probable|unclear|uncertain|suspected|conceivable) (that|if|whether|to be|to have|to represent|to reflect); doubtful (that|if|whether);
  low grade suspicion; might represent; conceivably; working diagnosis of; subtle lucency which may; differential; or possibly; could reflect;
  could indicate; would be in keeping with possible; raises (the|) (possibility|question|concern|suspicion) (of|for); raising (the|)
  (possibility|question|concern|suspicion) (of|for); suspicion that; concern that; insufficient to exclude
`);

const DOUBT_BACKWARD = list(`
  (cannot|could not|can not|couldnt) (be|) (entirely|completely|definitively|reliably|confidently|fully|absolutely|totally|) (be|)
  (excluded|ruled out|discounted); (cannot|could not|can not|couldnt) be
  (entirely|completely|definitively|reliably|confidently|fully|absolutely|totally) (excluded|ruled out); (is|are|was|were|has|have|) not
  (been|) (entirely|completely|definitively|reliably|) (excluded|ruled out); (is|are|was|were)
  (possible|probable|likely|suspected|questioned|considered|questionable|favored|equivocal|uncertain|raised|suggested|presumed|doubtful|less
  likely|in question); is in the differential; remains (a|) (possibility|possible|consideration|concern|differential); is (a|)
  (possibility|consideration|concern); less likely; possible; suspected; ? ?; not well (seen|visualized|demonstrated|assessed|evaluated);
  (cannot|could not|can not) be (assessed|evaluated|determined|confirmed|confidently identified|adequately assessed|commented on);
  (is|are|was|were) not (fully|adequately|completely|well|) (assessed|evaluated|imaged|visualized on this study|included); not
  (assessed|evaluated|imaged|assessable|evaluable); (difficult|hard|impossible) to (completely |entirely |fully |confidently |)(exclude|assess|rule out); should be (considered|suspected); may be
  present; might be present; could be present; is unclear; as a possibility; suspicion; equivocal; questionable; query
`);

const CONDITION_FORWARD = list(`
  if; in case of; in the event of; should (there|he|she|the patient|symptoms|any|a|this|patient); unless; evaluate for; evaluation for; to
  evaluate for; assess for; assessment for; to assess for; look for; looking for; search for; check for; to check for; r / o; rule out; to
  exclude; exclude; to rule out; ruling out; rule - out; to look for; risk (of|for|factor for|factors for); at risk (of|for); prevent;
  prevents; prevention of; preventing; to prevent; avoid; prophylaxis (for|against); return (for|if|with); return to (ed|er|the ed|hospital)
  (for|if); watch for; monitor for; monitoring for; observe for; surveillance for; surveillance of; screen for; screening for; call (for|if);
  call your doctor (for|if); come back (for|if); workup for; work up for; w / u for; susceptible to; predisposed to; predispose to;
  predisposes to; prone to; in order to exclude; whether; any evidence of; is there; are there; in the event that; if there is; suspicion of
  possible; to further evaluate; further evaluation for; concern if
`);
const CONDITION_BACKWARD = list(`
  risk; risk assessment; risk score; precautions; prophylaxis; screening; screen; protocol; prevention; should be excluded; to be excluded;
  needs to be excluded; must be excluded; should be ruled out; to be ruled out; rule out; if clinically suspected; if suspected; workup; work
  up; surveillance; risk factors
`);

const PAST_FORWARD = list(`
  history; history of; h / o; ho; known history of; past history of; past medical history of; past medical history; previous; previously;
  prior; past; in the past; status post; s / p; sp; remote history of; remote; medical history significant for; background of; former;
  formerly
`);
const PAST_BACKWARD = list(`
  in the past; (years|months|weeks|decades) (ago|earlier|previously|prior|before); last (year|month|week|summer|winter); as a child; in
  childhood; in (his|her) (youth|childhood|teens|twenties|thirties); previously; at the age of; by history; on history; in
  (1960|1970|1975|1980|1985|1990|1995|2000)
`);

const RELATIVE =
  '(mother|father|sister|brother|aunt|uncle|grandmother|grandfather|cousin|son|daughter|wife|husband|sibling|siblings|sisters|brothers|parents|parent|grandparent|grandparents|mom|dad|niece|nephew|spouse|relative|relatives)';
const OTHER_PERSON = [
  RELATIVE,
  'family history',
  'family history of',
  'family history (positive|significant|negative|notable|remarkable) for',
  'fh',
  'fhx',
  'familial history of',
];
const OTHER_PERSON_BACKWARD = list(`
  in (his|her|the|a) ${RELATIVE}; in (his|her|the|a) (maternal|paternal) ${RELATIVE}; of (his|her) ${RELATIVE}; in the family; runs in the
  family
`);
const PSEUDO_PERSON = list(`
  ${RELATIVE} (states|reports|reported|stated|denies|denied|says|said|noticed|noted|notes|brought|is at bedside|at
  bedside|found|called|thinks|feels|was concerned|is concerned|who
  states|confirms|accompanied|observed|describes|described|gave|gives|provided|helps|cares|lives|works); (with|by|per|from|to|and)
  (his|her|the) ${RELATIVE}; family (states|reports|reported|stated|denies|denied|noticed|noted|brought|at
  bedside|meeting|physician|doctor|practice|practitioner|medicine|member|members present|was|is|members)
`);

const inBoth = (forward: readonly string[], backward: readonly string[]): string[] => forward.filter((phrase) => backward.includes(phrase));

export const CONTEXT_WORDS = phraseBook<ContextWord>([
  [word('nothing', 'both'), NOTHING],
  [word('pseudo-person', 'both'), PSEUDO_PERSON],
  [word('deny', 'either'), inBoth(DENY_FORWARD, DENY_BACKWARD)],
  [word('deny', 'backward'), DENY_BACKWARD],
  [word('deny', 'forward'), DENY_FORWARD],
  [
    word('doubt', 'either'),
    inBoth(DOUBT_FORWARD, [...DOUBT_BACKWARD, 'likely', 'probable', 'questioned', '?', 'favored', 'uncertain', 'presumed', 'suggested']),
  ],
  [word('doubt', 'both'), ['versus', 'vs', 'vs .']],
  [word('doubt', 'backward'), DOUBT_BACKWARD],
  [word('doubt', 'forward'), DOUBT_FORWARD],
  [word('condition', 'either'), inBoth(CONDITION_FORWARD, CONDITION_BACKWARD)],
  [word('condition', 'backward'), CONDITION_BACKWARD],
  [word('condition', 'forward'), CONDITION_FORWARD],
  [word('past', 'either'), inBoth(PAST_FORWARD, PAST_BACKWARD)],
  [word('past', 'backward'), PAST_BACKWARD],
  [word('past', 'forward'), PAST_FORWARD],
  [word('other-person', 'backward'), OTHER_PERSON_BACKWARD],
  [word('other-person', 'forward'), OTHER_PERSON],
  [word('stop', 'both'), STOP],
]);
