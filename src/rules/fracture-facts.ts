/** What is known of the vertebral fractures of one case, from the report, the images and a radiologist together, as a card tells it. */
import type { CaseFacts } from '../case/case.ts';
import { LEVELS, type Level, type Vertebra } from '../case/vertebra.ts';
import { type CountedFracture, fracturesSeen, whichFractures } from './which-fractures.ts';
import { whoConfirmed } from './who-confirmed.ts';

export interface FractureFacts {
  /** The report states it in plain words, or a radiologist has confirmed it, and the case was decided on that. */
  readonly confirmed: boolean;
  /** A radiologist looked and says that it is none. */
  readonly refuted: boolean;
  /** The confirmed fractures, cranial first; without confirmation, what the model grades 1 or more. */
  readonly counted: readonly CountedFracture[];
  /** Bodies that the model grades 1 or more, cranial first. Empty also when the images could not be measured. */
  readonly measured: readonly Vertebra[];
  /** Levels of `counted`. */
  readonly levels: readonly Level[];
  /** The largest grade of `counted`; null when nobody graded. */
  readonly worstGrade: 1 | 2 | 3 | null;
  /** "CT", "MRI", "X-ray" or "imaging" */
  readonly modality: string;
  /** YYYY-MM-DD of the examination, or null. */
  readonly date: string | null;
}

const MODALITY_WORDS: Readonly<Record<string, string>> = { CT: 'CT', MR: 'MRI', CR: 'X-ray', DX: 'X-ray', RG: 'X-ray' };

/** Facts never change, so what follows from them is worked out once for each object: a hook asks several times for each case. */
const known = new WeakMap<CaseFacts, FractureFacts>();

export function fractureFacts(facts: CaseFacts): FractureFacts {
  const before = known.get(facts);
  if (before) return before;
  const found = weigh(facts);
  known.set(facts, found);
  return found;
}

function weigh(facts: CaseFacts): FractureFacts {
  const { finding, reading } = facts;
  const confirmation = reading ? whoConfirmed({ report: facts.report, reading, answers: facts.answers }) : null;
  const measured = fracturesSeen(finding).toSorted((a, b) => rank(a.level) - rank(b.level));
  // The decision and the facts have to agree: a fact that changed since is not told as confirmed before it is decided anew.
  const confirmed = (facts.decision?.confirmedBy ?? null) !== null && (confirmation?.by ?? null) !== null;
  const counted = (reading && confirmation && confirmed ? whichFractures(reading, finding, confirmation) : measured.map(fromModel)).toSorted(
    (a, b) => rank(a.level) - rank(b.level),
  );
  const worst = Math.max(0, ...counted.map((fracture) => fracture.grade ?? 0));
  return {
    confirmed,
    refuted: confirmation?.refuted ?? false,
    counted,
    measured,
    levels: counted.flatMap(({ level }) => (level === null ? [] : [level])),
    worstGrade: worst === 0 ? null : (worst as 1 | 2 | 3),
    ...examinationOf(facts),
  };
}

/** Of the images that were measured, else of the study, else as the report says. */
function examinationOf({ finding, report, study }: CaseFacts): Pick<FractureFacts, 'modality' | 'date'> {
  const images = finding?.state === 'measured' ? finding : null;
  return {
    modality: MODALITY_WORDS[images?.modality ?? report.modality ?? study?.modalities[0] ?? ''] ?? 'imaging',
    date: images?.studyDate ?? study?.studyDate ?? report.examinedAt?.slice(0, 10) ?? null,
  };
}

function fromModel(body: Vertebra): CountedFracture {
  return { level: body.level, grade: body.grade, lossPercent: body.loss?.percent ?? null, gradedBy: 'model' };
}

/** A fracture without a level comes last. */
function rank(level: Level | null): number {
  return level === null ? LEVELS.length : LEVELS.indexOf(level);
}
