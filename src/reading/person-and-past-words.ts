/** Words that put a thing into the past, or give it to a relative. */
import { list } from './word-list.ts';

export const PAST_FORWARD = list(`
  history; history of; h / o; ho; known history of; past history of; past medical history of; past medical history; previous; previously;
  prior; past; in the past; status post; s / p; sp; remote history of; remote; childhood; medical history significant for; background of; (medical |surgical |)history (is|was) (notable|significant|remarkable|positive) for; history (notable|significant|remarkable|positive) for; former;
  formerly
`);

export const PAST_BACKWARD = list(`
  at (one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|2|3|4|5|6|7|8|9|10|11|12|18) (days|weeks|months|years) (of age|old);
  in the past; (years|months|weeks|decades) (ago|earlier|previously|prior|before); last (year|month|week|summer|winter); as (a|an) (child|teenager|teen|boy|girl|kid|baby|infant|neonate|newborn|schoolchild|youth|adolescent|young man|young woman|young adult|toddler); at age; during (childhood|adolescence|infancy|her pregnancy); in (her|his) (forties|fifties|sixties|seventies|20s|30s|40s|50s|60s|70s); in
  childhood; in infancy; in the neonatal period; in (his|her) (youth|childhood|teens|twenties|thirties); previously; at the age of; by history; on history
`);

/** "in 1994", "in March of 1994", "(1994)": a year says when; a case of this year is rarely told by its year. */
export const PAST_YEARS = Array.from({ length: 120 }, (_, n) => 1930 + n).flatMap((year) => [
  `in ${year}`,
  `in (early |late |mid |the spring of |the summer of |the fall of |the autumn of |the winter of |)${year}`,
  `in (january|february|march|april|may|june|july|august|september|october|november|december) (of |, |)${year}`,
  `back in ${year}`,
  `{ (in |)${year} }`,
  ...(year % 10 === 0 ? [`in the (early |late |mid |)${year} s`] : []),
]);

const STAY = '(admission|hospitalization|stay|visit|appointment|presentation|discharge)';
const WHEN_YOUNG = '(a child|a boy|a girl|a teenager|young|younger|little|in school|in college|in the army|in the service)';

/** What was done or suffered before: a fracture after these is an old one that may still be there. */
export const BEFORE_FORWARD = list(`
  (hospitalized|admitted|treated|seen|operated on) (last year|last month|a year ago|years ago|two years ago|three years ago|several years ago|many years ago|months ago|in the past|before) (for|with);
  had (undergone|suffered|sustained|contracted|had|required|survived|recovered from); had (also |previously |once |earlier |)been (treated|hospitalized|admitted|diagnosed|operated) (for|with|on for);
  has (had|undergone|suffered) (a|an|one|two|three|several|multiple|many|some|various|) (previous|prior|past|earlier|remote|former); has previously (had|undergone|suffered);
  having had; used to (have|get|suffer from); once had; recovered from; (earlier|previous|prior|past) (episode|episodes|bout|bouts|attack|attacks) of;
  previously (been |)(treated|admitted|hospitalized|diagnosed|seen|operated|evaluated) (with|for|on for); (is|was|now|days|weeks|months|years|day|week|month|year) post;
  (old|previous|prior|outside) (records|notes|charts|record|chart) (show|shows|showed|reveal|reveals|revealed|mention|mentions|mentioned|indicate|indicates|indicated|document|documented|state|stated) (that |)(a |an |);
  (psh|pshx|pmh|pmhx) (of|is|was|includes|included|significant for|notable for|positive for); prior to this (he|she|the patient) had (a |an |)
`);

const MONTHS = '(january|february|march|april|june|july|august|september|october|november|december|spring|summer|autumn|winter|early|late|mid)';

/** When it was. A finding so dated may still be there. */
export const BEFORE_BACKWARD = list(`
  (on|during|at|upon|since|after|before|from) (the|his|her|this|that|a|an|) (last|previous|prior|earlier|preceding|former|first|recent|most recent) (hospital |clinic |office |)${STAY};
  (last|this past) ${MONTHS}; in ${MONTHS} of (last|this past) year; in ${MONTHS} last year; (year|years|months|decades|decade) (back|earlier|before); (a|one|last) (year|month|decade) ago;
  several years since; years ago; when (he|she) was ${WHEN_YOUNG}; as (a|an) (student|soldier|medical student|nursing student); while (he |she was |he was |she |)in (the army|the navy|the military|the service|school|college);
  (one time|once) in the past; remotely; distant past; in the (distant|remote|recent) past; in (complete |full |long standing |) remission; in earlier life; earlier in (his|her) life; in the (fifties|sixties|seventies|eighties|nineties)
`);

const RELATIVE =
  '(mother|father|sister|brother|aunt|uncle|grandmother|grandfather|cousin|cousins|aunts|uncles|grandmothers|grandfathers|sons|daughters|nephews|nieces|stepfather|stepmother|twin|boyfriend|girlfriend|roommate|flatmate|housemate|partner|grandson|granddaughter|fiance|neighbor|coworker|colleague|classmate|donor|son|daughter|wife|husband|sibling|siblings|sisters|brothers|parents|parent|grandparent|grandparents|mom|dad|niece|nephew|spouse|relative|relatives)';

export const OTHER_PERSON = [
  RELATIVE,
  `${RELATIVE} (tested|is|was|were|has tested|have tested|recently tested) positive for`,
  '(his|her|their) (children|kids|grandchildren|child|baby|newborn|in laws|friend|friends|family)',
  `${RELATIVE} who (has|had|have|died|suffered|suffers|developed|tested|is diagnosed|was diagnosed|recently had)`,
  ...list(`
  (sick|household|close) (contact|contacts); family history; family history of; family history (is |was |) (positive|significant|notable|remarkable) for; (contact|contacts|living|lives) with (a|an|someone|people|persons) (person |people |) (who|with); fh; fhx; familial history of
`),
];

export const OTHER_PERSON_BACKWARD = list(`
  in (his|her|their) (family|relatives); in ${RELATIVE}; in (his|her|the|any|other|) (first degree|second degree|close|immediate|blood) (relatives|relative); in (his|her|the|a) ${RELATIVE}; in (his|her|the|a) (maternal|paternal) ${RELATIVE}; of (his|her) ${RELATIVE}; in the family; runs in the
  family
`);

/** A relative who only speaks of the patient, or is there. */
export const PSEUDO_PERSON = list(`
  ${RELATIVE} (states|reports|reported|stated|denies|denied|says|said|noticed|noted|notes|brought|is at bedside|at
  bedside|found|called|thinks|feels|was concerned|is concerned|is worried|was worried|worried|worries|insists|believes|witnessed|saw|heard|recalls|asked|asks|wonders|who
  states|confirms|accompanied|observed|describes|described|gave|gives|provided|helps|cares|lives|works); (with|by|per|from)
  (his|her|the|) ${RELATIVE}; family (states|reports|reported|stated|denies|denied|noticed|noted|brought|at
  bedside|meeting|physician|doctor|practice|practitioner|medicine|member|members present|was|is|members)
`);
