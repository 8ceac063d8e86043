/** What is known of the vertebral fractures of one case, from the report and from the images together. */
import type { CaseFacts } from '#src/case/case.ts';
import { LEVELS, type Level, type Vertebra } from '#src/case/vertebra.ts';

export interface FractureFacts {
  /** The report states a fracture of T1-L5, now, in this patient. */
  readonly stated: boolean;
  /** Bodies graded 1 or more, cranial first. Empty also when the images could not be measured. */
  readonly measured: readonly Vertebra[];
  /** From the report and the measurement, cranial first. */
  readonly levels: readonly Level[];
  /** The largest measured grade of 1 or more; else the report's; else null. */
  readonly worstGrade: 1 | 2 | 3 | null;
  /** "CT", "MRI", "X-ray" or "imaging" */
  readonly modality: string;
  /** YYYY-MM-DD of the examination, or null. */
  readonly date: string | null;
}

const MODALITY_WORDS: Readonly<Record<string, string>> = { CT: 'CT', MR: 'MRI', CR: 'X-ray', DX: 'X-ray', RG: 'X-ray' };

export function fractureFacts(facts: CaseFacts): FractureFacts {
  const { finding, reading, report, study } = facts;
  const stated = reading?.fracture === 'stated';
  const measured =
    finding?.state === 'measured'
      ? finding.vertebrae
          .filter((v) => v.state === 'graded' && v.grade !== null && v.grade >= 1)
          .toSorted((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level))
      : [];
  const named = new Set<Level>([...measured.map((v) => v.level), ...(stated ? reading.levels : [])]);
  const reportGrades = stated
    ? reading.statements.filter((s) => s.target === 'vertebral-fracture' && s.certainty === 'affirmed').map((s) => s.grade ?? 0)
    : [];
  const worst = Math.max(0, ...measured.map((v) => v.grade ?? 0)) || Math.max(0, ...reportGrades);
  const modality = (finding?.state === 'measured' ? finding.modality : null) ?? report.modality ?? study?.modalities[0] ?? '';
  const date = (finding?.state === 'measured' ? finding.studyDate : null) ?? study?.studyDate ?? report.examinedAt?.slice(0, 10) ?? null;
  return {
    stated,
    measured,
    levels: LEVELS.filter((level) => named.has(level)),
    worstGrade: worst === 0 ? null : (worst as 1 | 2 | 3),
    modality: MODALITY_WORDS[modality] ?? 'imaging',
    date,
  };
}
