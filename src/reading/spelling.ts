/** One spelling per word: British to American, shorthand to words, and the slips of typing and dictation in the words that matter most. */
import { list } from './word-list.ts';

const PAIRS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    fx: 'fracture',
    fxs: 'fractures',
    fxd: 'fractured',
    fract: 'fracture',
    microfracture: 'fracture',
    microfractures: 'fractures',
    frac: 'fracture',
    compr: 'compression',
    compress: 'compression',
    compressn: 'compression',
    osteop: 'osteoporotic',
    osteoporo: 'osteoporotic',
    fracs: 'fractures',
    fractue: 'fracture',
    fraction: 'fraction',
    haemangioma: 'hemangioma',
    haemangiomas: 'hemangiomas',
    haemangiomata: 'hemangiomas',
    hemangiomata: 'hemangiomas',
    oedema: 'edema',
    oedematous: 'edematous',
    haematoma: 'hematoma',
    haemorrhage: 'hemorrhage',
    anaemia: 'anemia',
    oesophagus: 'esophagus',
    tumour: 'tumor',
    tumours: 'tumors',
    leukaemia: 'leukemia',
    myelomatosis: 'myeloma',
    osteopaenia: 'osteopenia',
    osteopaenic: 'osteopenic',
    osteopoenia: 'osteopenia',
    osteoperosis: 'osteoporosis',
    osteoporois: 'osteoporosis',
    demineralised: 'demineralized',
    demineralisation: 'demineralization',
    mineralisation: 'mineralization',
    mineralised: 'mineralized',
    visualised: 'visualized',
    visualise: 'visualize',
    visualisation: 'visualization',
    recognised: 'recognized',
    characterised: 'characterized',
    organised: 'organized',
    stabilised: 'stabilized',
    generalised: 'generalized',
    localised: 'localized',
    optimised: 'optimized',
    favour: 'favor',
    favoured: 'favored',
    favours: 'favors',
    favouring: 'favoring',
    centre: 'center',
    grey: 'gray',
    colour: 'color',
    behaviour: 'behavior',
    disc: 'disk',
    discs: 'disks',
    discal: 'disk',
    discitis: 'diskitis',
    spondylodiscitis: 'spondylodiskitis',
    endplates: 'endplate',
    vertebras: 'vertebrae',
    vertebre: 'vertebrae',
    vertebal: 'vertebral',
    vertebreal: 'vertebral',
    verteberal: 'vertebral',
    vertabra: 'vertebra',
    vertabrae: 'vertebrae',
    vertabral: 'vertebral',
    vert: 'vertebra',
    verts: 'vertebrae',
    pathologic: 'pathological',
    physiologic: 'physiological',
    radiologic: 'radiological',
    traumatic: 'traumatic',
    post: 'post',
    ribs: 'rib',
    neg: 'negative',
    pos: 'positive',
    cannot: 'cannot',
    cant: 'cannot',
    dexa: 'dxa',
    dexas: 'dxa',
    dxas: 'dxa',
    hx: 'history',
    pmh: 'pmh',
    pt: 'patient',
    pts: 'patients',
    wo: 'without',
    aetiology: 'etiology',
    artefact: 'artifact',
    artefacts: 'artifacts',
    artefactual: 'artifactual',
    paediatric: 'pediatric',
    metastases: 'metastasis',
    mets: 'metastasis',
    schmorls: 'schmorl',
    scheuermanns: 'scheuermann',
    schuermann: 'scheuermann',
    schmorel: 'schmorl',
    scheurmann: 'scheuermann',
    sheuermann: 'scheuermann',
    schmoral: 'schmorl',
    evidance: 'evidence',
    osteoporitic: 'osteoporotic',
    signficant: 'significant',
    fractureline: 'fracture',
    thoraco: 'thoraco',
    thoracal: 'thoracic',
    equivical: 'equivocal',
    vertebrobplasty: 'vertebroplasty',
    mod: 'moderate',
    sig: 'significant',
    prev: 'previous',
    approx: 'approximately',
    recc: 'recommend',
    rec: 'recommend',
  }),
);

/** Words in which one wrong, missing, extra or swapped letter is forgiven, when no other word is meant. */
const FORGIVEN: readonly string[] = list(`
  fracture; fractures; fractured; compression; vertebral; vertebra; vertebrae; osteoporotic; osteoporosis; osteopenia; deformity; deformities;
  metastasis; metastatic; kyphoplasty; vertebroplasty; thoracic; insufficiency; evidence; endplate; collapse; wedging
`);
/** Real words one letter away from a forgiven one. */
const OTHER_WORDS = new Set(
  list(`
  compressions; compressing; fracturing; wedding; welding; collapsed; collapses; compassion; hedging; edging; wedgings; osteopenic;
  fracturess; thoracis; thoracics
`),
);

/** Forgiven words by first letter and length of the slip. */
const BY_SHAPE = new Map<string, string[]>();
const shapeOf = (word: string, length: number): string => `${word[0] ?? ''}${length}`;
for (const word of FORGIVEN) {
  for (const length of [word.length - 1, word.length, word.length + 1]) {
    const shape = shapeOf(word, length);
    BY_SHAPE.set(shape, [...(BY_SHAPE.get(shape) ?? []), word]);
  }
}

/** True when one edit (change, insert, drop, or swap of neighbours) makes `a` into `b`. Both are short words. */
function oneSlipApart(a: string, b: string): boolean {
  let front = 0;
  while (front < a.length && front < b.length && a[front] === b[front]) front += 1;
  const restA = a.slice(front);
  const restB = b.slice(front);
  if (restA.slice(1) === restB || restA === restB.slice(1) || restA.slice(1) === restB.slice(1)) return true;
  return restA.length > 1 && restA[0] === restB[1] && restA[1] === restB[0] && restA.slice(2) === restB.slice(2);
}

function forgive(word: string): string {
  if (word.length < 6 || word.length > 15) return word;
  const near = BY_SHAPE.get(shapeOf(word, word.length));
  if (near === undefined || OTHER_WORDS.has(word)) return word;
  return near.find((known) => oneSlipApart(word, known)) ?? word;
}

const KNOWN = new Set([...FORGIVEN, ...PAIRS.values()]);

/** The one spelling of a lower-case word. Words that are not known stay as they are. */
export function spell(word: string): string {
  return PAIRS.get(word) ?? (KNOWN.has(word) ? word : forgive(word));
}
