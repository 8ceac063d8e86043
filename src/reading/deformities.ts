/** Finds the ambiguous words for a vertebra that has lost height: wedging, deformity, height loss, collapse, endplate depression, biconcave. */

import type { BoneMention } from './anatomy.ts';
import type { Surroundings } from './fractures.ts';
import type { Mention } from './mention.ts';
import { phraseBook } from './phrase-book.ts';
import { MARK, type Tokens } from './tokens.ts';
import { list } from './word-list.ts';
import { WordSet, wordSet } from './word-set.ts';

/**
 * 'sure' needs no vertebra beside it; 'near' needs one in the sentence or its surroundings; 'normal' says that the shape is kept;
 * 'endplate' needs an endplate near it; 'height' names the height and leaves it to what follows. */
type Need = 'sure' | 'near' | 'normal' | 'height' | 'endplate' | 'wedge' | 'none';
interface Meaning {
  readonly need: Need;
  readonly concept: string;
}

const sure = (concept: string): Meaning => ({ need: 'sure', concept });
const near = (concept: string): Meaning => ({ need: 'near', concept });

const OF_BODY = '(vertebral |vertebral body |body |anterior |central |posterior |anterior vertebral |anterior vertebral body |overall |midbody |)';
/** After "heights are", these say that they are as they should be, or that they are less. */
const KEPT = wordSet(`
  preserved; maintained; normal; intact; unremarkable; satisfactory; anatomic; adequate; limits; good; stable; unchanged; ok; okay; fine;
  retained; conserved; symmetric
`);
const LOSING = new WordSet(['lost', 'lose', 'loses', 'losing', 'loss', 'reduction', 'reduced', 'decrease', 'decreased', 'diminution', 'diminished']);
const LESSENED = new WordSet(['reduced', 'decreased', 'diminished', 'lost', 'low', 'abnormal', 'reduction', 'loss', 'compromised']);

export const DEFORMITIES = phraseBook<Meaning>([
  [
    { need: 'none', concept: '' },
    list(`
  wedge resection; wedge (biopsy|osteotomy|shaped infarct|shaped opacity|shaped area|shaped density); (disk|disc) (space |)(height
  |)(loss|collapse|narrowing); (disk|disc) (space |)height; loss of (disk|disc|intervertebral disk|intervertebral disc|disk space|joint space)
  (space |)(height|); (lung|lobar|lobe|airway|tracheal|bronchial|ivc|vein|alveolar|femoral head) collapse; collapse (of|in) (the
  |)(lung|left|right|lower|upper|middle); collapsed (lung|bladder|bowel|colon|stomach|gallbladder|lobe|loops); pulmonary wedge; capillary
  wedge; wedged in; loss of weight; lordosis loss
`),
  ],
  [
    sure('wedge deformity'),
    list(`
  (anterior |mild |slight |minimal |lateral |)(wedge|wedged|wedging) (type |shaped |compression
  |)(deformity|deformities|deformation|configuration|appearance|shape|morphology|change|changes); (wedge|wedged) (vertebra|vertebrae|vertebral
  body|vertebral bodies); wedge shaped (vertebra|vertebrae|vertebral body|vertebral bodies)
`),
  ],
  [sure('wedging'), ['wedging', '(anterior|anteriorly|vertebral|mildly|slightly|minimally) wedged', 'anterior wedge', 'wedged']],
  [
    sure('compression deformity'),
    list(`
  (compression|compressive|biconcave|crush|collapse|vertebral|vertebral body|endplate|end plate|codfish|height loss|insufficiency|fracture
  like|h shaped) (type |)(deformity|deformities|deformation|deformations); compression
  (change|changes|abnormality|abnormalities|injury|injuries); (vertebral|vertebral body|vertebra|anterior|endplate|wedge) compression;
  (vertebral|vertebral body) (flattening|impaction|crush)
`),
  ],
  [
    near('compression deformity'),
    list(`
  compression; compressed; deformity; deformities; deformed; wedge shaped; flattening; flattened; crushed; squashed; impaction; compressions; vertebral
  shortening
`),
  ],
  [
    sure('biconcave deformity'),
    list(`
  biconcave; biconcavity; bi concave; bi concavity; codfish (vertebra|vertebrae|); fish (mouth |)(vertebra|vertebrae); cod fish
  (vertebra|vertebrae|)
`),
  ],
  [
    sure('endplate depression'),
    list(`
  (superior|inferior|central|) (endplate|end plate|end plates)
  (compression deformity|compression deformities|depression|depressions|infraction|infractions|concavity|concavities|impaction|collapse|buckling|invagination|compression|indentation|indentations|step|sinking);
  (depression|infraction|concavity|impaction|collapse|buckling|compression|invagination|indentation|deformity|sinking|deformities)
  (of|in|at|along|involving) (the |its |)(superior|inferior|upper|lower|central|anterior|both|) (endplate|end plate|end plates);
  (depressed|impacted|collapsed|concave|sunken) (superior |inferior |upper |lower |central |)(endplate|end plate|end plates); (endplate|end
  plate|end plates) (is|are) (mildly |slightly |) (depressed|impacted|concave|collapsed)
`),
  ],
  [{ need: 'wedge', concept: 'wedging' }, ['wedge', 'anterior wedge']],
  [
    { need: 'endplate', concept: 'endplate depression' },
    ['depressed', 'depression', 'concave', 'concavity', 'infraction', 'infractions', 'buckled', 'indented', 'indentation'],
  ],
  [near('collapse'), ['collapse', 'collapsed', 'collapses', 'collapsing', 'vertebral collapse', 'vertebral body collapse']],
  [
    near('loss of height'),
    list(`
  (loss|reduction|decrease|diminution|lowering|loss in|losses) (of|in) (the |)${OF_BODY}(height|heights|stature); ${OF_BODY}height
  (loss|reduction|decrease|losses); (decreased|reduced|diminished|lost|losing|decreasing|diminished) (in |)${OF_BODY}(height|heights);
  ${OF_BODY}(height|heights) (is|are|has been|appears|appear) (mildly |slightly |moderately |severely |markedly |minimally |)
  (reduced|decreased|diminished|lost|low|abnormal); height loss; reduced in height; loss of the height; loss of the
  (anterior|vertebral|normal) (vertebral |body |)height; loss of (normal|anticipated|expected) (vertebral |body |)height;
  (vertebra|vertebrae|vertebral bodies|vertebral body) (is|are) (reduced|decreased|diminished) in height; shortened vertebra; loss of body
  height
`),
  ],
  [
    { need: 'normal', concept: 'loss of height' },
    list(`
  (normal|preserved|maintained|unremarkable|intact|well preserved|normal vertebral body) (height|heights) of (the |)(vertebral |thoracic
  |lumbar |)(bodies|body|vertebrae|vertebral bodies); (normal|preserved|maintained|intact) (vertebral |vertebral body |body )(height|heights);
  (vertebrae|vertebral bodies) (maintain|retain|have|demonstrate|show|are of|are) (their |)(normal |normal in |)(height|heights);
  (normal|intact|preserved|maintained) in height; genant (grade |grading |score |:|) 0; preservation of (the |)(vertebral |vertebral body |)(height|heights)
`),
  ],
  [
    { need: 'height', concept: 'loss of height' },
    list(`
  (vertebral |body |vertebral body |vertebral bodies |vertebra |vertebrae |vb |lumbar |thoracic |)(height|heights|stature); vertebral (body |)(and|,) (disk|intervertebral disk|disk space|intervertebral disk space) (height|heights); (height|heights)
  of (the |all |)(vertebral |thoracic |lumbar |remaining |)(bodies|body|vertebrae|vertebral bodies)
`),
  ],
]);

/** In the same clause these make compression, collapse or loss of height one of something else. */
const SOMETHING_ELSE = wordSet(`
  disk; disks; cord; nerve; root; roots; thecal; sac; neural; foraminal; foramen; ganglion; plexus; lung; lobe; lobar; airway; atelectasis;
  bladder; bowel; ventricle; ventricular; brainstem; vein; venous; artery; arterial; duct; ureter; trachea; tracheal; stocking; stockings;
  ultrasound; chest; cpr; ivc; conus; cauda; canal; breast; esophagus; joint; hallux; varus; valgus; spinal; device; devices; chamber; sulcus;
  duodenum; carpal; median; ulnar; retinal; motion; image; data; scoliosis; scoliotic; kyphotic; pectus; swan; boutonniere; cartilage
`);

const IN_CENTIMETRES = new WordSet(['cm', 'inch', 'inches', 'centimeters', 'centimetres']);
const NOT_A_BODY = new WordSet(['disk', 'disks', 'joint', 'foraminal']);

/** True when one of the words near the mention says that it is about a disc, a nerve, a lung. Bounded: 5 tokens on each side. */
function isSomethingElse(tokens: Tokens, from: number, to: number, first: number, end: number): boolean {
  for (let at = Math.max(first, from - 3); at < Math.min(end, to + 5); at += 1) {
    const text = tokens.text[at] as string;
    if (at >= to && (text === ',' || text === 'and' || text === ';' || text === 'with' || text === 'without')) return false;
    if (SOMETHING_ELSE.holds(tokens, at)) return true;
  }
  return false;
}

const CLOSERS = new WordSet(['at', 'of', 'and', 'with', 'grade', 'genant']);
/** "T12 mild wedge (grade 1)": the word closes its phrase. */
const endsPhrase = (tokens: Tokens, next: number, end: number): boolean => next >= end || tokens.kind[next] === MARK || CLOSERS.holds(tokens, next);

/** Settles the needs that depend on the words around the match. */
function needOf(need: Need, tokens: Tokens, match: { readonly first: number; readonly last: number }, first: number, end: number): Need {
  if (need === 'height') return heightWas(tokens, match.first, first) ?? heightIs(tokens, match.last, end);
  if (need !== 'endplate' && need !== 'wedge') return need;
  if (need === 'wedge') return endsPhrase(tokens, match.last, end) ? 'near' : 'none';
  const to = Math.min(end, match.last + 8);
  for (let at = Math.max(first, match.first - 8); at < to; at += 1) {
    const text = tokens.text[at];
    if (text === 'endplate' || (text === 'end' && at + 1 < to && (tokens.text[at + 1] as string).startsWith('plate'))) return 'sure';
  }
  return 'none';
}

/** "has lost 20 % of its height", "normal height and alignment of ...": what stands in front, up to 8 tokens. */
function heightWas(tokens: Tokens, at: number, first: number): Need | null {
  for (let back = at - 1; back >= Math.max(first, at - 8); back -= 1) {
    const text = tokens.text[back] as string;
    if (LOSING.holds(tokens, back)) return 'near';
    if (back === at - 1 && KEPT.holds(tokens, back)) return 'normal';
    if (text === ',' || text === ';' || text === 'and' || text === 'is' || text === 'are') return null;
  }
  return null;
}

/** What is said of a height named just before token `from`: kept, lessened, or nothing. Looks no further than 14 tokens. */
function heightIs(tokens: Tokens, from: number, end: number): Need {
  for (let at = from; at < Math.min(end, from + 14); at += 1) {
    const text = tokens.text[at] as string;
    if (text === 'not' && KEPT.holds(tokens, at + 1)) return 'near';
    if (text === ';' || text === 'but' || text === 'not' || text === 'no' || text === 'except') return 'none';
    if (KEPT.holds(tokens, at)) return 'normal';
    if (LESSENED.holds(tokens, at)) return 'near';
    if (text === 'with' || text === 'fracture' || text === 'fractures') return 'none';
  }
  return 'none';
}

/** All ambiguous mentions in the sentence [first, end). `taken` says which tokens a fracture mention already holds. */
export function findDeformities(
  tokens: Tokens,
  first: number,
  end: number,
  bones: readonly BoneMention[],
  surroundings: Surroundings,
  taken: (at: number) => boolean,
): Mention[] {
  const mentions: Mention[] = [];
  for (const match of DEFORMITIES.findAll(tokens, first, end)) {
    const { concept } = match.meaning;
    const need = needOf(match.meaning.need, tokens, match, first, end);
    if (need === 'none' || taken(match.first) || taken(match.last - 1)) continue;
    const nearest = nearestBone(bones, match.first, match.last);
    const vertebral = nearest === 'vertebral' || nearest === 'level' || (nearest === null && surroundings === 'vertebral');
    if (need === 'normal' && NOT_A_BODY.holdsAny(tokens, Math.max(first, match.first - 3), match.first)) continue;
    if (need === 'near' && (!vertebral || isSomethingElse(tokens, match.first, match.last, first, end))) {
      if (
        !(
          concept === 'loss of height' &&
          nearest === null &&
          surroundings !== 'other' &&
          !isSomethingElse(tokens, match.first, match.last, first, end)
        )
      )
        continue;
    }
    if (need === 'sure' && nearest === 'other') continue;
    // "Height loss of 6 cm": the person's.
    if (concept === 'loss of height' && IN_CENTIMETRES.holdsAny(tokens, match.last, Math.min(end, match.last + 4)) && nearest === null) continue;
    const mention: Mention = { target: 'ambiguous-deformity', concept, first: match.first, last: match.last, explicit: vertebral };
    mentions.push(need === 'normal' ? { ...mention, denies: true } : mention);
  }
  return mentions;
}

/** The bone nearest to the tokens [first, last), or null when the sentence names none. A bone inside them counts first. */
function nearestBone(bones: readonly BoneMention[], first: number, last: number): BoneMention['bone'] | null {
  let best: BoneMention['bone'] | null = null;
  let bestDistance = Infinity;
  for (const bone of bones) {
    const distance = bone.last <= first ? first - bone.last : Math.max(0, bone.first - last);
    if (distance < bestDistance) {
      best = bone.bone;
      bestDistance = distance;
    }
  }
  return best;
}
