/** Which bone is meant: words for the vertebral bodies, and for every other bone (or implant) that can break. */
import { inOrder } from './in-order.ts';
import type { LevelMention } from './levels.ts';
import { phraseBook } from './phrase-book.ts';
import type { Tokens } from './tokens.ts';
import { list } from './word-list.ts';

/**
 * 'part' is a piece of a vertebra that is not its body, or an implant in it: a level beside it does not make it a body.
 * 'level' is a body named by its level alone.
 */
export type Bone = 'vertebral' | 'level' | 'other' | 'part';

/** A place in a sentence that names a bone, in tokens [first, last). */
export interface BoneMention {
  readonly bone: Bone;
  readonly first: number;
  readonly last: number;
}

const VERTEBRAL = list(`
  (thoracic |lumbar |dorsal |thoracolumbar |)(vertebra|vertebrae|vertebral|spine|spinal); vertebral (body|bodies|column|level|levels); spinal
  column; thoracolumbar (spine|junction|); dorsolumbar (spine|junction|); lumbar; endplate; end (plate|plates); thoracic and lumbar
  (spine|vertebrae); lumbosacral spine; back bone; backbone; dorsal spine; vb; vbs; tl spine; t spine; l spine; ls spine; t l spine
`);

const OTHER = list(`
  (rib|costal|costochondral|sternum|sternal|manubrium|manubrial|xiphoid); (sacrum|sacral|sacral ala|sacral alar|sacral spine|sacral
  vertebra|sacral vertebrae|sacral body|coccyx|coccygeal|sacrococcygeal|sacroiliac);
  (pelvis|pelvic|iliac|ilium|pubic|pubis|ramus|rami|acetabulum|acetabular|ischium|ischial|symphysis); (hip|hips|femur|femurs|femoral|femoral
  neck|femoral head|trochanter|trochanteric|intertrochanteric|subtrochanteric|subcapital|transcervical|pertrochanteric|nof|neck of femur);
  (knee|patella|patellar|tibia|tibial|tibial
  plateau|fibula|fibular|ankle|malleolus|malleolar|bimalleolar|trimalleolar|pilon|foot|feet|metatarsal|metatarsals|calcaneus|calcaneal|talus|talar|navicular|cuboid|cuneiform|toe|toes|hallux|tarsal);
  (shoulder|humerus|humeral|clavicle|clavicular|scapula|scapular|glenoid|acromion|coracoid|elbow|olecranon|radius|radial|radial head|distal
  radius|distal
  radial|ulna|ulnar|wrist|colles|scaphoid|carpal|metacarpal|metacarpals|finger|fingers|hand|thumb|forearm|phalanx|phalangeal|phalanges|greater
  tuberosity|triquetral|lunate|hamate); (skull|calvarium|calvarial|cranial|facial|face|orbit|orbital|nasal|nasal
  bone|mandible|mandibular|maxilla|maxillary|zygoma|zygomatic|temporal bone|skull base|occipital
  condyle|occipital|frontal|parietal|sphenoid|lamina papyracea|hyoid|thyroid cartilage|laryngeal|larynx|tooth|teeth|dental);
  (cervical|cervical spine|cervical vertebra|cervical vertebrae|cervical vertebral|cervical vertebral body|cervical vertebral bodies|c
  spine|cervical body|odontoid|dens|hangman|jefferson|atlas|craniocervical|atlantoaxial); 
  (limb|extremity|extremities|leg|legs|arm|arms|long bone|long bones|appendicular|thoracic cage|chest wall|bony
  thorax|rib cage|ribcage|stress reaction of); (kidney|renal|liver|hepatic|splenic|spleen|penile)
`);

const PART = list(`
  (transverse process|transverse processes|spinous
  process|spinous processes|pars|pars interarticularis|pars defect|facet|facets|lamina|laminae|laminar|articular process|articular
  processes|pedicle|pedicles|posterior elements|posterior element|osteophyte|osteophytes|syndesmophyte); (hardware|screw|screws|pedicle
  screw|pedicle
  screws|rod|rods|implant|stent|catheter|lead|leads|wire|wires|prosthesis|periprosthetic|plate|device|filter|needle|cage|interbody
  cage|instrumentation)
`);

const BONES = phraseBook<Bone>([
  ['part', PART],
  ['other', OTHER],
  ['vertebral', VERTEBRAL],
]);

export const BONE_BIT = BONES.bit;

/** All bones named in tokens [first, end), levels among them: T1 to L5 (and L6, T13) are vertebral, C and S are not. In order. */
export function findBones(tokens: Tokens, first: number, end: number, levels: readonly LevelMention[]): BoneMention[] {
  const bones: BoneMention[] = [];
  for (const match of BONES.findAll(tokens, first, end)) bones.push({ bone: match.meaning, first: match.first, last: match.last });
  for (const mention of levels) {
    const vertebral =
      mention.levels.length > 0 || mention.otherLevels.some((name) => name === 'L6' || name === 'T13') || isSlippedOn(tokens, mention, levels);
    bones.push({ bone: vertebral ? 'level' : 'other', first: mention.first, last: mention.last });
  }
  return inOrder(levels.length === 0 ? bones : bones.map((bone) => (isOfOtherLevel(bone, levels) ? { ...bone, bone: 'other' } : bone)));
}

/** "L5 on S1": the sacrum only says what the lumbar body slipped on. */
function isSlippedOn(tokens: Tokens, mention: LevelMention, levels: readonly LevelMention[]): boolean {
  if (tokens.text[mention.first - 1] !== 'on' && tokens.text[mention.first - 1] !== 'over') return false;
  return levels.some((level) => level.last === mention.first - 1 && level.levels.length > 0);
}

/** "C6 vertebral body", "the vertebral body of S1": a body, but none of T1 to L5. */
function isOfOtherLevel(bone: BoneMention, levels: readonly LevelMention[]): boolean {
  if (bone.bone !== 'vertebral') return false;
  const beside = levels.filter((level) => level.last === bone.first || (level.first >= bone.last && level.first <= bone.last + 1));
  return (
    beside.length > 0 && beside.every((level) => level.levels.length === 0 && level.otherLevels.every((name) => name !== 'L6' && name !== 'T13'))
  );
}
