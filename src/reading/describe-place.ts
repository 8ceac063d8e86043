/** What the words around a finding add to it: grade, severity, percentage of height lost, new or old. */

import type { Acuity, Statement } from '#src/case/reading.ts';
import type { Grade } from '#src/case/vertebra.ts';
import { courseIn } from './course.ts';
import { phraseBook } from './phrase-book.ts';
import { NUMBER, type Tokens } from './tokens.ts';
import { list } from './word-list.ts';
import { WordSet, wordSet } from './word-set.ts';

export interface Detail {
  readonly grade: Grade | null;
  readonly severity: Statement['severity'];
  readonly lossPercent: number | null;
  readonly acuity: Acuity;
}

export interface Window {
  /** Tokens [from, to) around the finding that are no other finding's. */
  readonly from: number;
  readonly to: number;
}

const SEVERITIES = new Map<string, NonNullable<Statement['severity']>>(
  Object.entries({
    mild: 'mild',
    mildly: 'mild',
    minimal: 'mild',
    minimally: 'mild',
    slight: 'mild',
    slightly: 'mild',
    minor: 'mild',
    subtle: 'mild',
    moderate: 'moderate',
    moderately: 'moderate',
    severe: 'severe',
    severely: 'severe',
    marked: 'severe',
    markedly: 'severe',
    advanced: 'severe',
    complete: 'severe',
    'high-grade': 'severe',
    significant: 'moderate',
  } as const),
);
const SEVERITY_WORDS = new WordSet([...SEVERITIES.keys()]);
const RANK = { mild: 1, moderate: 2, severe: 3 } as const;
const ROMAN: Readonly<Record<string, Grade>> = { i: 1, ii: 2, iii: 3 };

/** Words that a grade may begin with: "grade 2", "Genant 1", "SQ3". */
const GRADING = new WordSet([
  'grade',
  'genant',
  'genants',
  ...['sq', 'gr', 'grade'].flatMap((word) => ['', 0, 1, 2, 3].map((grade) => `${word}${grade}`)),
]);

const YEAR = `(${Array.from({ length: 46 }, (_, n) => 1995 + n).join('|')})`;

type AcuityWord = Acuity | 'nothing';
const ACUITY = phraseBook<AcuityWord>([
  [
    'nothing',
    list(`
  acute or chronic; interval (change|changes|history|follow up); no (acute|new); not (acute|new); age indeterminate; old (man|woman|male|female|lady|gentleman|patient); years? old;
  year old; yo; (acute|new) (pain|back pain|onset|symptoms|finding|findings|abnormality|process); prior to; without (acute|new); known
  (metastasis|cancer|carcinoma|malignancy|osteoporosis|history); stable (alignment|appearance of the); healing or; previous
  (study|studies|ct|mri|scan|film|films|radiograph|radiographs|imaging|exam|examination|report|surgery|fusion|fixation|laminectomy|decompression|discectomy|diskectomy|vertebroplasty|kyphoplasty); prior
  (study|studies|ct|mri|scan|film|films|radiograph|radiographs|imaging|exam|examination|report|surgery|fusion|fixation|laminectomy|decompression|discectomy|diskectomy|vertebroplasty|kyphoplasty); comparison
`),
  ],
  [
    'acute',
    list(`
  acute on chronic; acute; subacute; recent; fresh; acutely; marrow edema; bone marrow edema; bone edema; acute appearing; acute or subacute;
  unhealed; active; (stir|t2) (hyperintensity|hyperintense|high signal|hyperintense signal); (high|increased|hyperintense) (t2|stir) (signal|and stir signal); indicating acuity
`),
  ],
  [
    'new',
    list(`
  new; newly; (is|was|are|were) (a |) new (finding|findings); interval; interval (development|appearance) of; interval new; new interval; not
  (seen|present|evident|identified|demonstrated|visible|noted) (on|in) (the |)(prior|previous|earlier|comparison|last|old); new
  (from|since|compared); (is|are) now (a|an|evidence of); has developed; have developed; has occurred; developed (since|in the interval); (has|have) been (interval |) development of; interim (development|appearance) of; de novo; (has|have) appeared (since|in the interval|in the interim|between); appeared since; not (seen|present|there) previously; not (seen|present|evident|visible) (on|in) (the |)(ct|mri|xray|radiograph|radiographs|film|scan|study) (of|from|dated);
  interval (compression|wedge|vertebral|fracture|fractures); (was|were) not (seen|present|evident|there|visible) (on|in|at|before|previously|then)
`),
  ],
  [
    'progressed',
    list(`
  progressed; progression; progressive; worsened; worsening; worse; interval (collapse|worsening|progression|increase|height loss|loss of
  height); increased (height loss|loss of height|wedging|compression|collapse|deformity); further (loss of height|height
  loss|collapse|compression|wedging|vertebral|loss|collapsed|compressed|flattened|wedged|flattening); (lost|losing|loses) (more|further|additional) (vertebral |anterior |)(height|stature); (more|additional) (height loss|loss of height); more (collapsed|compressed|flattened|wedged|depressed|deformed); greater (height loss|loss of height|wedging|compression|collapse|deformity) than; increase in; has increased; more pronounced; more marked; increasing; increased since;
  increased from
`),
  ],
  [
    'unchanged',
    list(`
  unchanged; stable; similar; no (significant |interval |appreciable |significant interval |)change; without (significant |interval
  |appreciable |)change; not (significantly |appreciably |)changed; as before; as (described|noted|seen|reported|documented) (before|previously|earlier); again
  (seen|noted|demonstrated|identified|visualized|evident|shown); redemonstrated; re demonstrated; redemonstration of; (was|were|is|are|was also|were also|already|also) (present|seen|visible|evident|there|noted) (on|in) (the |) (prior|previous|earlier|last|old|preceding|comparison); unaltered; as (on|in) (the |) (prior|previous|last|earlier); static; persistent;
  persists; as previously (described|noted|seen|reported); previously (described|noted|seen|demonstrated|reported|identified|documented); not
  (progressed|increased|worsened); has not (progressed|increased|worsened); the same; constant; no (progression|worsening); again; not (appear|seem) to have (changed|progressed|worsened|altered|increased); already (present|seen|visible|there|evident|noted) (in|on|at|by|since); since at least; (was|were) (present|seen|visible|evident) in ${YEAR}; (no|without) (further|additional|interval|progressive|any further|significant
  further) (vertebral |vertebral body |) (loss of height|loss of vertebral height|loss of vertebral body height|loss of anterior height|height loss|reduction in height|collapse|compression|wedging|deformity|progression|deterioration)
`),
  ],
  [
    'old',
    list(`
  old; chronic; remote; healed; healing; (progressive|progressing|continued|ongoing|interval|further) healing; (dates|dating|dated) (back |)(to|from); (no|without) (increased |high |abnormal |associated |)(stir|t2|marrow|bone marrow) (signal|hyperintensity|signal abnormality|signal change|high signal); normal (marrow|bone marrow|stir) signal; longstanding; long standing; long term; previous; prior; known; pre existing; preexisting; historic;
  historical; established; old healed; ancient; partially healed; consolidated; non acute; nonacute; not acute; mature; no acute features; (no|without|lacks|lack of|absence of) (evidence of |)(associated |surrounding |significant |adjacent |underlying |definite |)(bone |bone
  marrow |marrow |)edema; (resolution|disappearance) of (the |)(bone |bone marrow |marrow |)edema; (bone |marrow |bone marrow |)edema has resolved; past
`),
  ],
]);
const ACUITY_RANK: Readonly<Record<Acuity, number>> = { progressed: 5, new: 4, acute: 3, unchanged: 2, old: 1, unknown: 0 };

/** "One third", "two-thirds", "half", "a quarter", "1/3": parts of a height, as percentages. */
const PARTS = phraseBook<number>([
  [25, ['(one|a|1) (quarter|fourth)', '1 / 4', 'quarter']],
  [33, ['(one|a|1) third', '1 / 3', 'third']],
  [50, ['(one |a |)half', '1 / 2']],
  [67, ['(two|2) thirds', '2 / 3']],
  [75, ['(three|3) (quarters|fourths)', '3 / 4']],
]);
const HEIGHT = new WordSet(['height', 'heights', 'stature']);
const LOST = new WordSet(['loss', 'lost', 'reduced', 'reduction', 'decreased', 'decrease', 'loses', 'losing', 'diminished']);

/** The part of a height that is said to be lost: "has lost a third of its height". "The upper third of the body" is a place. */
function partIn(tokens: Tokens, window: Window): number | null {
  if (!LOST.holdsAny(tokens, window.from, window.to)) return null;
  const near = (from: number, to: number): boolean => HEIGHT.holdsAny(tokens, Math.max(window.from, from), Math.min(window.to, to));
  const parts = PARTS.findAll(tokens, window.from, window.to).filter(({ first, last }) => {
    const next = tokens.text[last];
    const before = tokens.text[first - 1];
    const ofAHeight =
      next === 'of' || next === 'loss' || next === 'height' || next === 'reduction' || before === 'by' || (before === 'of' && near(first - 4, first));
    return ofAHeight && !AT_THE.holds(tokens, first - 1) && (near(last, last + 7) || near(first - 8, first));
  });
  return parts.length === 0 ? null : Math.max(...parts.map(({ meaning }) => meaning));
}
/** Before "third" and "half" these make it a place. */
const AT_THE = new WordSet(['upper', 'lower', 'superior', 'inferior', 'anterior', 'posterior', 'middle', 'central', 'the', 'left', 'right']);

/** The largest percentage of the window that reads as height lost; a range gives its upper end. */
function lossIn(tokens: Tokens, window: Window): number | null {
  let most = partIn(tokens, window);
  for (let at = window.from; at < window.to; at += 1) {
    const next = tokens.text[at + 1];
    if (tokens.kind[at] !== NUMBER || !(next === '%' || next === 'percent' || (next === 'per' && tokens.text[at + 2] === 'cent'))) continue;
    const percent = Number((tokens.text[at] as string).replace(',', '.'));
    const word = tokens.text[at + (next === 'per' ? 3 : 2)];
    if (percent > 100 || ['stenosis', 'narrowing', 'ejection', 'anterolisthesis', 'slip', 'canal', 'occlusion', 'retropulsion'].includes(word ?? ''))
      continue;
    most = Math.max(most ?? 0, percent);
  }
  return most;
}

function gradeIn(tokens: Tokens, window: Window): Grade | null {
  for (let at = window.from; at < window.to; at += 1) {
    if (!GRADING.holds(tokens, at)) continue;
    const text = tokens.text[at] as string;
    const compact = text.length > 6 || (text[0] !== 's' && text[0] !== 'g') ? null : /^(?:sq|gr|grade)([0-3])$/.exec(text);
    if (compact !== null) return Number(compact[1]) as Grade;
    if (text !== 'grade' && text !== 'genant' && text !== 'sq' && text !== 'genants') continue;
    let next = at + 1;
    while (
      next < window.to &&
      next < at + 5 &&
      ['-', ':', '=', 'grade', 'type', 'semiquantitative', '(', 'classification', 'of', 'score'].includes(tokens.text[next] as string)
    )
      next += 1;
    const value = tokens.text[next];
    if (value === undefined || next >= window.to) continue;
    const after = tokens.text[next + 1] ?? '';
    if (after.endsWith('listhesis') || ['slip', 'listhesis', 'retrolisthesis', 'anterolisthesis', 'spondylolisthesis'].includes(after)) continue;
    const upper =
      (after === '-' || after === 'to' || after === '/') && tokens.kind[next + 2] === NUMBER ? Number(tokens.text[next + 2]) : Number(value);
    if (tokens.kind[next] === NUMBER && upper >= 0 && upper <= 3 && Number.isInteger(upper)) return upper as Grade;
    if (Object.hasOwn(ROMAN, value)) return ROMAN[value] ?? null;
  }
  return null;
}

/** "Severe stenosis" says nothing of the fracture. */
const NOT_OF_A_FRACTURE = wordSet(`
    pain; stenosis; degenerative; osteopenia; osteoporosis; kyphosis; scoliosis; disk; canal; retropulsion; change; interval; narrowing;
    foraminal; facet; spondylosis; back
`);

/** Up to these the words after a degree may name another thing: "minimal prevertebral haematoma" is no minimal fracture. */
const ITS_NOUNS = wordSet(`
  fracture; fractures; compression; wedge; wedging; wedged; crush; loss; height; deformity; deformities; collapse; endplate; depression; biconcave; of; at; in;
  with; and; or; ,; (; ); :; .; -; but; to; on
`);
const OTHER_NOUNS = wordSet(`
  hematoma; swelling; edema; stenosis; retropulsion; kyphosis; scoliosis; narrowing; effusion; effusions; displacement; spasm; tenderness; spurring; bulge; bulging; protrusion;
  encroachment; uptake; curvature; angulation; impingement; calcification; spondylosis; arthropathy; pain; collection; comminution
`);

/** Is the degree at `at` one of another thing, named a word or two after it? */
function isOfAnother(tokens: Tokens, at: number, to: number): boolean {
  for (let next = at + 1; next < Math.min(to, at + 4); next += 1) {
    if (OTHER_NOUNS.holds(tokens, next)) return true;
    if (ITS_NOUNS.holds(tokens, next)) return false;
  }
  return false;
}

/** "Without significant loss of posterior height", "not severe". */
const NOT_SO = new WordSet(['no', 'not', 'without', 'any', 'nor']);

const DEGREES: Readonly<Record<string, NonNullable<Statement['severity']>>> = { high: 'severe', low: 'mild' };
/** "High-grade compression", "low grade fracture". */
function degreeIn(tokens: Tokens, window: Window): Statement['severity'] {
  for (let at = window.from + 1; at < window.to; at += 1) {
    if (tokens.text[at] !== 'grade' || NOT_OF_A_FRACTURE.holdsAny(tokens, at + 1, at + 3)) continue;
    const before = tokens.text[at - 1] === '-' ? at - 2 : at - 1;
    const degree = before >= window.from ? DEGREES[tokens.text[before] as string] : undefined;
    if (degree !== undefined) return degree;
  }
  return null;
}

function severityIn(tokens: Tokens, window: Window): Statement['severity'] {
  let worst: Statement['severity'] = degreeIn(tokens, window);
  for (let at = window.from; at < window.to; at += 1) {
    if (!SEVERITY_WORDS.holds(tokens, at)) continue;
    const text = tokens.text[at] as string;
    const found = SEVERITIES.get(text);
    if (found === undefined || NOT_SO.holds(tokens, at - 1)) continue;
    const of = tokens.text[at + 1] ?? '';
    if (NOT_OF_A_FRACTURE.holds(tokens, at + 1) || isOfAnother(tokens, at, window.to) || (text === 'significant' && of !== 'height' && of !== 'loss'))
      continue;
    if (worst === null || RANK[found] > RANK[worst]) worst = found;
  }
  return worst;
}

function acuityIn(tokens: Tokens, window: Window): Acuity {
  let best: Acuity = 'unknown';
  for (const match of ACUITY.findAll(tokens, window.from, window.to)) {
    const found = match.meaning;
    if (found !== 'nothing' && ACUITY_RANK[found] > ACUITY_RANK[best]) best = found;
  }
  return best;
}

/** The acuity word inside the finding's own phrase: the "acute" of "no acute fracture". */
export function ownAcuity(tokens: Tokens, from: number, to: number): Acuity {
  for (const match of ACUITY.findAll(tokens, from, to)) if (match.meaning !== 'nothing') return match.meaning;
  return 'unknown';
}

/** What two percentages tell of the course counts where no word tells more. */
const withCourse = (said: Acuity, course: Acuity): Acuity => (ACUITY_RANK[course] > ACUITY_RANK[said] && said !== 'unchanged' ? course : said);

/** Everything that the window says of the finding in it. */
export function describePlace(tokens: Tokens, window: Window): Detail {
  const lossPercent = lossIn(tokens, window);
  const acuity = acuityIn(tokens, window);
  return {
    grade: gradeIn(tokens, window),
    severity: severityIn(tokens, window),
    lossPercent,
    acuity: lossPercent === null ? acuity : withCourse(acuity, courseIn(tokens, window)),
  };
}
