/** The other things looked for: mimics, red flags, cancer, trauma, treatment, thin bone, advice, and bones at all. */

import type { Target } from '#src/case/reading.ts';
import type { BoneMention } from './anatomy.ts';
import type { Mention } from './mention.ts';
import { phraseBook } from './phrase-book.ts';
import type { Tokens } from './tokens.ts';
import { list } from './word-list.ts';
import { WordSet, wordSet } from './word-set.ts';

interface Concept {
  readonly target: Target | 'none';
  readonly concept: string;
}

const as = (target: Target, concept: string): Concept => ({ target, concept });
const FLAW = '(lesion|lesions|focus|foci|deposit|deposits|disease|process|abnormality|abnormalities|infiltration|involvement|destruction|erosion)';

/** A cancer in general: it asks for a person, it is no sign that this vertebra is diseased. */
export const CANCER = 'cancer';
/** A word about any lesion of bone: worth a mark when denied, no red flag on its own. */
export const BONE_LESION = 'bone lesion';
/** Falls from standing height: told apart from high-energy trauma. */
export const LOW_ENERGY = 'low-energy trauma';

export const CONCEPTS = phraseBook<Concept>([
  [
    { target: 'none', concept: '' },
    list(`
  cancer (screening|center|risk|prevention|registry|institute|network); (breast|lung|prostate|bowel|colorectal|cervical) (cancer |)screening;
  screening for (breast|lung) cancer; fall in; fall of; falls in; falls within; falls outside; trauma
  (team|center|series|protocol|board|bay|room|unit|spine|ct|scan|imaging|views|panscan|cervical|thoracic|lumbar|thoracolumbar|chest|pelvis); ct trauma; fall off in; bone
  (marrow|island|islands|scan|window|windows|algorithm|graft|density|mineral|age|contusion|protection|health); spine
  (clinic|surgeon|service|protocol); cement (leak|leakage|extravasation) in the lung
`),
  ],
  [
    as('mimic', 'Schmorl node'),
    ['schmorl (node|nodes|)', 'intraosseous disk (herniation|herniations)', 'intravertebral disk (herniation|herniations)'],
  ],
  [
    as('mimic', 'Scheuermann disease'),
    ['scheuermann (disease|kyphosis|type|changes|change|)', 'juvenile kyphosis', 'scheuermann like (change|changes|)'],
  ],
  [as('mimic', 'limbus vertebra'), ['limbus (vertebra|vertebrae|)']],
  [
    as('mimic', 'physiological wedging'),
    list(`
  (physiological|developmental|congenital|degenerative|positional|normal|constitutional) (anterior |vertebral |mild
  |)(wedging|wedge|remodeling|remodelling|wedge deformity|deformity|variant|variation); wedging is
  (physiological|developmental|congenital|degenerative|within normal limits|normal); (short|shortened) vertebral height; cupid bow; cupids
  bow; (butterfly|block) (vertebra|vertebrae); hemivertebra; hemivertebrae; normal variant; degenerative (end plate|endplate)
  (change|changes|irregularity|remodeling|remodelling); developmental variant
`),
  ],
  [as('mimic', 'haemangioma'), ['(vertebral |intraosseous |)(hemangioma|hemangiomas)']],
  [
    as('red-flag', 'metastasis'),
    list(`
  metastasis; metastatic; metastatic (bone |osseous |bony |skeletal |)${FLAW}; metastatic deposit;
  (bone|bony|osseous|skeletal|spinal|vertebral|spine) (metastasis|metastatic disease|metastatic deposits|secondaries|mets); bony secondaries;
  secondaries; malignant (infiltration|deposit|deposits|marrow infiltration|compression|collapse|vertebral collapse|bone
  lesion|lesion|lesions); (blastic|osteoblastic|sclerotic|lytic) metastasis; (metastasized|metastatic spread)
`),
  ],
  [
    as('red-flag', 'myeloma'),
    list(`
  myeloma; multiple myeloma; plasmacytoma; myelomatous (deposit|deposits|lesion|lesions|involvement|); leukemic infiltration; lymphomatous
  (infiltration|involvement)
`),
  ],
  [
    as('red-flag', 'lytic lesion'),
    list(`
  (lytic|osteolytic|destructive) (bone |bony |osseous |expansile |)${FLAW}; lytic; osteolytic; (bone|bony|osseous|cortical|vertebral)
  destruction; (aggressive|suspicious|sinister|worrisome|concerning|destructive|malignant|permeative|focal aggressive|moth eaten) (focal
  |)(osseous|bone|bony|skeletal|vertebral|marrow|spinal) (lesion|lesions|finding|findings|abnormality|focus|process|infiltration);
  (osseous|bone|bony|skeletal|vertebral) (lesion|lesions) (suspicious|concerning|worrisome); sinister (bone|bony|osseous|)
  (lesion|lesions|feature|features|pathology); marrow (infiltration|replacement|infiltrative process|replacing lesion); lytic or
  (blastic|sclerotic) (lesion|lesions|metastasis); permeative
`),
  ],
  [
    as('red-flag', BONE_LESION),
    list(`
  (focal |)(osseous|bone|bony|skeletal|marrow|vertebral) (lesion|lesions); (sclerotic|blastic|osteoblastic) (osseous |bone |bony
  |)(lesion|lesions|focus|foci); suspicious (lesion|lesions); focal (osseous |bone |bony |)(lesion|lesions); bone (tumor|tumors|neoplasm)
`),
  ],
  [
    as('red-flag', 'pathological fracture'),
    list(`
  (pathological|malignant|neoplastic) (vertebral |compression |vertebral compression |wedge |)(fracture|fractures); (pathological|malignant)
  (vertebral |)collapse; (feature|features|sign|signs|evidence) of (a |)(pathological|malignant|underlying malignancy|an underlying
  malignancy); (suspicious|aggressive|sinister|malignant|worrisome|concerning) (imaging |morphological |)(feature|features|characteristics); underlying (lesion|pathological lesion|malignancy|mass|bone lesion|neoplasm|pathology); pathological in (nature|appearance|etiology|origin|character); pathological
  (cause|nature|basis|process|features|appearance)
`),
  ],
  [
    as('red-flag', 'infection'),
    list(`
  (diskitis|spondylodiskitis|osteomyelitis); diskitis osteomyelitis; epidural (abscess|phlegmon|collection); (paravertebral|paraspinal|psoas)
  abscess; (vertebral|spinal|spine|disk space) (infection|tb|tuberculosis); spondylitis tuberculous; pott (disease|); pyogenic spondylitis
`),
  ],
  [
    as('red-flag', 'cord compromise'),
    list(`
  (spinal |)cord (compression|compromise|impingement|edema|injury|signal abnormality|signal change|contact|deformation|deformity); compression
  of (the |)(spinal |)(cord|conus|cauda equina); cauda equina (compression|syndrome|impingement|); conus (compression|impingement); mscc;
  (compresses|compressing|impinges|impinging) (on |upon |)(the |)(spinal |)(cord|conus|cauda equina); cauda equina nerve root compression
`),
  ],
  [
    as('red-flag', CANCER),
    list(`
  cancer; cancers; carcinoma; adenocarcinoma; malignancy; malignancies; malignant (neoplasm|tumor); lymphoma; leukemia; melanoma; sarcoma;
  (known|primary) neoplasm; seminoma; (breast|prostate|lung|renal cell|colon|rectal|thyroid|bladder) ca; ca
  (breast|prostate|lung|colon|bladder|thyroid|ovary); nsclc; rcc; oncology patient
`),
  ],
  [
    as('trauma', 'road traffic collision'),
    list(`
  (pedestrian|cyclist|bicyclist|motorcyclist|bicycle|motorcycle|bike|motorbike|moped|scooter|car|van|lorry|truck|auto) (versus|vs|v) (car|vehicle|auto|lorry|truck|van|tree|wall|bus|motorbike|motorcycle|bicycle|pole|train|pedestrian|cyclist|deer); (rtc|rta|mva|mvc|mvas); road traffic (collision|accident|incident); (motor
  vehicle|car|motorcycle|motorbike|auto|automobile|bike|vehicle|train) (collision|accident|crash); (struck|hit|run over) by (a
  |)(car|vehicle|truck|bus|train); (pedestrian|cyclist) (struck|versus|vs|hit); ejected from; rollover
`),
  ],
  [
    as('trauma', 'fall from height'),
    list(`
  (fall|fell|fallen|jumped|jump) (down |off |from |out of |)(a |the
  |)(height|ladder|roof|horse|tree|scaffold|scaffolding|balcony|window|bridge|building|truck|cliff|second floor|first floor|third floor); fall
  from (a |) (significant |great |considerable |)height; fall (of |from |>|> |)(2|3|4|5|6|8|10|12|15|20|2 0) (m|metres|meters|feet|ft|foot);
  fell (2|3|4|5|6|8|10|12|15|20) (m|metres|meters|feet|ft|foot); fell off (a |his |her |the |)(bike|bicycle|motorcycle|horse|ladder|roof);
  fall off (a |)(ladder|horse|roof|bike)
`),
  ],
  [
    as('trauma', 'high-energy trauma'),
    list(`
  high (energy|velocity|impact|speed|mechanism) (trauma|injury|mechanism|fracture|accident|impact|collision); high energy; polytrauma; poly
  trauma; major trauma; multi trauma; multiple trauma; severe trauma; significant trauma; blunt trauma; crush injury; assault; assaulted;
  gunshot (wound|); stabbing; blast injury; diving accident; skiing accident; trauma call; code trauma; trauma alert
`),
  ],
  [
    as('trauma', 'Chance or burst fracture'),
    list(`
  chance (type |)(fracture|fractures|injury); burst (type |)(fracture|fractures|injury); flexion distraction (injury|fracture); fracture
  dislocation
`),
  ],
  [
    as('trauma', LOW_ENERGY),
    list(`
  (minor|minimal|low energy|trivial|low impact|low velocity|mild) (trauma|injury|fall|mechanism); mechanical fall; (ground level|standing
  height|same level) fall; (fall|fell) from (standing|standing height|ground level|chair|a chair|bed|the bed|own height); low energy; fall;
  falls; fell; fallen; slipped; tripped; atraumatic; non traumatic
`),
  ],
  [as('trauma', 'trauma'), ['trauma', 'traumatic', 'post traumatic', 'posttraumatic', 'accident', 'injury']],
  [
    as('treated', 'vertebroplasty'),
    list(`
  vertebroplasty; vertebroplasties; vertebroplastied; (vertebral|cement|balloon|vertebral body) augmentation; cement augmented; cemented;
  intravertebral cement; (bone |vertebral |pmma |)cement; pmma; methylmethacrylate; polymethylmethacrylate
`),
  ],
  [as('treated', 'kyphoplasty'), ['(balloon |)kyphoplasty', 'kyphoplasties', 'kyphoplastied']],
  [as('osteoporosis', 'osteoporosis'), ['osteoporosis', 'osteoporotic', 'osteoporotic (bone|bones|change|changes|appearance)']],
  [
    as('osteoporosis', 'osteopenia'),
    list(`
  osteopenia; osteopenic; (bones|bone|bony|osseous|skeletal|skeleton|diffuse|diffusely|generalized) (are |is |appear |appears |) (diffusely |)
  demineralized; demineralization; demineralized; (decreased|reduced|low|diminished|loss of|poor) (bone |trabecular |bony
  |)(density|mineralization|mineral density|bone mineral density|bone mass); low (trabecular |)attenuation; bone mineral loss; under
  mineralized; low bmd; reduced bmd
`),
  ],
  [
    as('bones-mentioned', 'bones'),
    list(`
  bone; bones; bony; osseous; skeletal; skeleton; musculoskeletal; msk; vertebra; vertebrae; vertebral; spine; spinal; spondylosis;
  spondylotic; spondylolisthesis; kyphosis; scoliosis; bone (window|windows|algorithm|density|mineral density|marrow); endplate; spondylitic;
  axial skeleton; osteophytes; osteophyte; osteophytic
`),
  ],
]);

const ORGANS = wordSet(`
  liver; hepatic; lung; lungs; pulmonary; brain; cerebral; intracranial; nodal; lymph; adrenal; peritoneal; omental; splenic; renal; kidney;
  soft; pleural; mediastinal; pancreatic; visceral; node; nodes; intrahepatic; leptomeningeal; cutaneous
`);
const BONE_WORDS = new WordSet(['bone', 'bones', 'bony', 'osseous', 'skeletal', 'spine', 'spinal', 'vertebral', 'vertebra', 'vertebrae', 'marrow']);

/** A metastasis that the words around it put in an organ and not in bone is a cancer, not a red flag of the spine. */
function isInOrgan(tokens: Tokens, first: number, last: number, start: number, end: number, bones: readonly BoneMention[]): boolean {
  let organ = false;
  for (let at = Math.max(start, first - 5); at < Math.min(end, last + 7); at += 1) {
    if (BONE_WORDS.holds(tokens, at)) return false;
    if (bones.some((bone) => bone.first <= at && at < bone.last && (bone.bone === 'vertebral' || bone.bone === 'level'))) return false;
    organ ||= ORGANS.holds(tokens, at);
  }
  return organ;
}

/** Suspicious features are a red flag where the sentence speaks of a vertebra: those of a nodule are not. */
const FEATURES = new WordSet(['features', 'feature', 'characteristics']);
const OF_A_SPINE = new WordSet(['fracture', 'fractures', 'collapse', 'vcf', ...BONE_WORDS.words]);

/** Compression of a nerve or a mimic word elsewhere in the body is not ours. */
function belongs(concept: Concept, tokens: Tokens, match: { readonly first: number; readonly last: number }, start: number, end: number): boolean {
  if (concept.concept === 'haemangioma') return !isInOrgan(tokens, match.first, match.last, start, end, []);
  if (FEATURES.holds(tokens, match.last - 1)) return OF_A_SPINE.holdsAny(tokens, start, end);
  if (concept.concept === BONE_LESION) return BONE_WORDS.holdsAny(tokens, start, end);
  if (concept.concept === 'trauma')
    return (
      (tokens.text[match.first] as string) !== 'injury' &&
      !['spinal', 'cord', 'ligamentous', 'soft', 'brain', 'head'].includes(tokens.text[match.first - 1] ?? '')
    );
  if (concept.concept === 'normal variant') return false;
  return true;
}

/** All mentions of these concepts in the sentence [first, end), except advice (advice.ts). */
export function findConcepts(tokens: Tokens, first: number, end: number, bones: readonly BoneMention[]): Mention[] {
  const mentions: Mention[] = [];
  for (const match of CONCEPTS.findAll(tokens, first, end)) {
    const { target, concept } = match.meaning;
    if (target === 'none' || !belongs(match.meaning, tokens, match, first, end)) continue;
    const elsewhere = concept === 'metastasis' && isInOrgan(tokens, match.first, match.last, first, end, bones);
    mentions.push({ target, concept: elsewhere ? CANCER : concept, first: match.first, last: match.last, explicit: true });
  }
  return mentions;
}
