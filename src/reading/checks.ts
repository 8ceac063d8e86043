/** The checks C1 to C8 on how well a report speaks of vertebral fracture (clinical rules: what the report should say). */
import type { CheckId, CheckResult, Statement } from '#src/case/reading.ts';
import type { Said } from './read-sentence.ts';
import type { Standing, Verdict } from './verdict.ts';

const BONY = new Set<Statement['target']>([
  'vertebral-fracture',
  'ambiguous-deformity',
  'other-fracture',
  'mimic',
  'osteoporosis',
  'bones-mentioned',
]);

const yesNo = (yes: boolean): CheckResult => (yes ? 'yes' : 'no');

/** C2 needs the images and is never answered here; C3 to C8 ask about a fracture that the report has, so they need one. */
export function checkReport(all: readonly Said[], standing: Standing, verdict: Verdict): Record<CheckId, CheckResult> {
  const bones = all.some((said) => said.reported && BONY.has(said.statement.target));
  const present = [...standing.fractures, ...standing.shapes].map((said) => said.statement);
  if (present.length === 0 || verdict.fracture === 'denied') {
    return {
      C1: yesNo(bones),
      C2: 'cannot-say',
      C3: 'not-applicable',
      C4: 'not-applicable',
      C5: 'not-applicable',
      C6: 'not-applicable',
      C7: 'not-applicable',
      C8: 'not-applicable',
    };
  }
  const advice = all.some(({ statement, reported }) => reported && statement.target === 'advice' && statement.certainty === 'affirmed');
  // That the cord is free says nothing of why the bone broke.
  const causes = all
    .filter(({ statement, reported }) => reported && statement.target === 'red-flag' && statement.concept !== 'cord compromise')
    .map(({ statement }) => statement);
  const pathological = causes.some(
    (statement) =>
      statement.certainty === 'affirmed' && ['pathological fracture', 'metastasis', 'myeloma', 'lytic lesion'].includes(statement.concept),
  );
  return {
    C1: yesNo(bones),
    C2: 'cannot-say',
    C3: yesNo(standing.fractures.length > 0),
    C4: yesNo(present.some((statement) => statement.levels.length > 0)),
    C5: yesNo(present.some((statement) => statement.grade !== null || statement.severity !== null || statement.lossPercent !== null)),
    C6: yesNo(advice),
    C7: yesNo(present.some((statement) => statement.acuity !== 'unknown')),
    C8: pathological ? 'not-applicable' : yesNo(causes.some((statement) => statement.certainty === 'denied')),
  };
}
