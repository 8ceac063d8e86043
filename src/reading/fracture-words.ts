/** The words for fractures and their kinds, and the words that part them from the bones around. */

import { phraseBook } from './phrase-book.ts';
import { list } from './word-list.ts';
import { wordSet } from './word-set.ts';

export const HEADS = phraseBook<'fracture' | 'vertebral' | 'other' | 'none'>([
  // Not fractures: services, risks, and words that only sound like it.
  [
    'none',
    list(`
  fracture
  (liaison|clinic|risk|service|prevention|protocol|precautions|precaution|table|unit|team|series|reduction|assessment|fixation|pathway);
  fracture risk assessment; fragility fracture (liaison|service|network|clinic|risk|prevention); fracture liaison (service|nurse|); major
  osteoporotic fracture (risk|probability); osteoporotic fracture risk; year fracture (risk|probability); (probability|risk) of (a |)(major |)osteoporotic (fracture|fractures); ejection fraction
`),
  ],
  [
    'vertebral',
    list(`
  vcf; vcfs; ovcf; ovcfs; vff; vffs; (vertebra|vertebrae) (plana|fracta); (compression|wedge|crush|vertebral)
  (fraction|factor|fractions); wedge (compression |)(fracture|fractures); chance (type |)(fracture|fractures); burst (type
  |)(fracture|fractures); burst
`),
  ],
  ['other', ['spondylolysis', 'hill sachs']],
  [
    'fracture',
    list(`
  fracture; fractures; fractured; fracturing; break; broken bone; broken bones; broken; #; insufficiency fracture; insufficiency fractures;
  pathological fracture; pathological fractures
`),
  ],
]);

/** Kinds of fracture that only a vertebral body has, unless another bone is named. */
export const VERTEBRAL_KINDS = wordSet(`
  compression; comp; compressive; wedge; crush; burst; chance; biconcave; codfish; endplate; anterior-wedge; vertebral
`);
export const OTHER_KINDS = wordSet(`
  sided; stress; avulsion; spiral; greenstick; buckle; torus; comminuted; boxer; smith; barton; jones; lisfranc; weber; bony bankart
`);
export const KIND_WORDS = wordSet(
  `
  insufficiency; fragility; osteoporotic; pathological; low-energy; benign; malignant; traumatic; stress; pincer; split; flexion; distraction;
  superior; inferior; anterior; body; bodies; type; plate; end; -; osteoporosis; related; avulsion
`,
  VERTEBRAL_KINDS.words,
);

export const BLOCKERS = wordSet(
  `
  of; in; at; with; without; for; from; to; by; on; due; after; since; involving; no; not; but; is; are; was; were; has; have; had; shows;
  show; demonstrates; demonstrate; reveals; there; :; .; ?; denies; than; which; that; who; as; represents; representing; represent;
  reflecting; suggesting; causing; resulting; associated; however; if; because; although; although
`,
  [';'],
);
export const TOWARDS = wordSet(`
  of; at; in; involving; within; through; to; affecting; along; from; on; (; :; -; throughout; ,; across; including; between
`);
export const BETWEEN = wordSet(`
  is; are; was; were; noted; seen; again; identified; present; demonstrated; visualized; also; evident; line; lines; deformity; deformities;
  (; s; ); known; shown; redemonstrated; involvement; type; found; changes; change; now; both
`);
