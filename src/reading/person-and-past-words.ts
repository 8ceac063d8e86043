/** Words that put a thing into the past, or give it to a relative. */
import { list } from './word-list.ts';

export const PAST_FORWARD = list(`
  history; history of; h / o; ho; known history of; past history of; past medical history of; past medical history; previous; previously;
  prior; past; in the past; status post; s / p; sp; remote history of; remote; childhood; medical history significant for; background of; (medical |surgical |)history (is|was) (notable|significant|remarkable|positive) for; history (notable|significant|remarkable|positive) for; former;
  formerly
`);

export const PAST_BACKWARD = list(`
  in the past; (years|months|weeks|decades) (ago|earlier|previously|prior|before); last (year|month|week|summer|winter); as (a|an) (child|teenager|teen|boy|girl|kid|baby|infant|youth|adolescent|young man|young woman|young adult|toddler); at age; during (childhood|adolescence|infancy|her pregnancy); in (her|his) (forties|fifties|sixties|seventies|20s|30s|40s|50s|60s|70s); in
  childhood; in (his|her) (youth|childhood|teens|twenties|thirties); previously; at the age of; by history; on history
`);

/** "in 1994": a year says when; a case of this year is rarely told by its year. */
export const PAST_YEARS = Array.from({ length: 120 }, (_, n) => `in ${1930 + n}`);

const RELATIVE =
  '(mother|father|sister|brother|aunt|uncle|grandmother|grandfather|cousin|cousins|aunts|uncles|grandmothers|grandfathers|sons|daughters|nephews|nieces|stepfather|stepmother|twin|boyfriend|girlfriend|roommate|fiance|neighbor|coworker|colleague|classmate|donor|son|daughter|wife|husband|sibling|siblings|sisters|brothers|parents|parent|grandparent|grandparents|mom|dad|niece|nephew|spouse|relative|relatives)';

export const OTHER_PERSON = [
  RELATIVE,
  ...list(`
  (sick|household|close) (contact|contacts); family history; family history of; family history (positive|significant|negative|notable|remarkable) for; fh; fhx; familial history of
`),
];

export const OTHER_PERSON_BACKWARD = list(`
  in (his|her|the|a) ${RELATIVE}; in (his|her|the|a) (maternal|paternal) ${RELATIVE}; of (his|her) ${RELATIVE}; in the family; runs in the
  family
`);

/** A relative who only speaks of the patient, or is there. */
export const PSEUDO_PERSON = list(`
  ${RELATIVE} (states|reports|reported|stated|denies|denied|says|said|noticed|noted|notes|brought|is at bedside|at
  bedside|found|called|thinks|feels|was concerned|is concerned|who
  states|confirms|accompanied|observed|describes|described|gave|gives|provided|helps|cares|lives|works); (with|by|per|from)
  (his|her|the) ${RELATIVE}; family (states|reports|reported|stated|denies|denied|noticed|noted|brought|at
  bedside|meeting|physician|doctor|practice|practitioner|medicine|member|members present|was|is|members)
`);
