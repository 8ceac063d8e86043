/** Invented cases for tests: complete, and changed where the test says so. */
import { randomUUID } from 'node:crypto';
import type { Case, CaseFacts } from '#src/case/case.ts';
import type { Measured } from '#src/case/finding.ts';
import { caseId, dicomUid } from '#src/case/ids.ts';
import type { Reading, Statement } from '#src/case/reading.ts';
import type { HumanAnswer, Known, PatientHistory } from '#src/case/referral.ts';
import type { Grade, Level, Vertebra } from '#src/case/vertebra.ts';
import { LEVELS } from '#src/case/vertebra.ts';
import { makeReport } from './make-report.ts';

const STUDY_UID = '2.25.329800735698586629295641978511506172918';

export function known<T>(value: T): Known<T> {
  return { known: true, value };
}

export const notKnown: Known<never> = { known: false, because: 'the record answered 403' };

/** A woman of 78 without anything that counts. */
export function makeHistory(changes: Partial<PatientHistory> = {}): PatientHistory {
  return {
    patientReference: 'Patient/ada',
    birthDate: known('1948-03-02'),
    sex: known('female'),
    deceased: known(false),
    endOfLifeCare: known(false),
    postMenopausal: { known: false, because: 'not recorded' },
    osteoporosisDiagnosed: known(false),
    boneDrugs: known([]),
    redFlagProblems: known([]),
    cancerHistory: known(false),
    mimicProblems: known([]),
    openReferral: known(null),
    declinedReferral: known(null),
    priorVertebralFracture: known(null),
    ...changes,
  };
}

/** A statement of a current, affirmed vertebral fracture of the patient. Spans are invented. */
export function makeStatement(changes: Partial<Statement> = {}): Statement {
  return {
    target: 'vertebral-fracture',
    concept: 'compression fracture',
    certainty: 'affirmed',
    time: 'current',
    who: 'patient',
    acuity: 'unknown',
    levels: [],
    otherLevels: [],
    grade: null,
    severity: null,
    lossPercent: null,
    section: 'impression',
    span: { start: 10, end: 30 },
    sentence: { start: 0, end: 40 },
    ...changes,
  };
}

/** A silent report. */
export function makeReading(changes: Partial<Reading> = {}): Reading {
  return {
    statements: [],
    fracture: 'silent',
    ambiguousOnly: false,
    levels: [],
    advice: false,
    redFlag: false,
    cancerHistory: false,
    trauma: false,
    mimic: false,
    treated: false,
    newOrProgressed: false,
    checks: {
      C1: 'yes',
      C2: 'cannot-say',
      C3: 'not-applicable',
      C4: 'not-applicable',
      C5: 'not-applicable',
      C6: 'no',
      C7: 'not-applicable',
      C8: 'not-applicable',
    },
    grammar: 'test',
    ...changes,
  };
}

/** A report that states fractures at these levels. */
export function statingReading(levels: readonly Level[], changes: Partial<Reading> = {}): Reading {
  return makeReading({ fracture: 'stated', levels, statements: [makeStatement({ levels })], ...changes });
}

const LOSS: Readonly<Record<Grade, number>> = { 0: 4, 1: 22, 2: 31, 3: 48 };

export function makeVertebra(level: Level, grade: Grade, changes: Partial<Vertebra> = {}): Vertebra {
  const percent = LOSS[grade];
  return {
    level,
    levelProbability: 0.99,
    levelText: level,
    state: 'graded',
    reason: null,
    grade,
    gradeText: String(grade),
    shape: grade === 0 ? null : 'wedge',
    loss: { anterior: percent, middle: percent - 3, posterior: 0, percent, raw: percent + 1, sd: 2.5 },
    heights: { anterior: 24.4 * (1 - percent / 100), middle: 24, posterior: 25.1, unit: 'mm' },
    probability: null,
    flags: [],
    landmarks: [],
    centrePicture: [64, 200],
    centreLps: [0, 10, -200],
    trabecularHu: 92.4,
    ...changes,
  };
}

/** T5 to L4 assessed, with these grades and 0 elsewhere. */
export function makeFinding(grades: Partial<Record<Level, Grade>> = {}, changes: Partial<Measured> = {}): Measured {
  const assessed = LEVELS.slice(LEVELS.indexOf('T5'), LEVELS.indexOf('L5'));
  const study = dicomUid(STUDY_UID);
  const series = dicomUid(`${STUDY_UID}.1`.slice(0, 60));
  if (!study || !series) throw new Error('an invented UID is not valid');
  return {
    state: 'measured',
    vertebrae: assessed.map((level) => makeVertebra(level, grades[level] ?? 0)),
    levelsAssessed: assessed,
    density: { level: 'L1', hu: 92.4, sdHu: 20, areaMm2: 300, kvp: 120, contrast: false },
    worstGrade: Math.max(0, ...Object.values(grades)) as Grade,
    notes: [],
    models: [
      { id: 'vertebra-detector', version: '1.0.0', sha256: 'a'.repeat(64), manifestSha256: 'b'.repeat(64), clinicalData: false },
      { id: 'vertebra-landmarks', version: '1.0.0', sha256: 'c'.repeat(64), manifestSha256: 'd'.repeat(64), clinicalData: false },
    ],
    executionProvider: 'cpu',
    series: {
      seriesInstanceUid: series,
      kind: 'ct-volume',
      modality: 'CT',
      sopInstanceUids: [],
      sliceThicknessMm: 1,
      kernel: ['B30f'],
      kvp: 120,
      contrast: false,
      scanner: 'Invented CT',
      because: [],
      rejected: [],
    },
    studyInstanceUid: STUDY_UID,
    studyDate: '2026-11-20',
    modality: 'CT',
    picture: { columns: 128, rows: 512, mmPerPixel: 1 },
    ...changes,
  };
}

let answers = 0;

export function makeAnswer(kind: HumanAnswer['kind'], changes: Partial<HumanAnswer> = {}): HumanAnswer {
  answers += 1;
  const at = `2026-11-2${answers % 3}T12:00:00Z`;
  return { kind, at, by: 'Practitioner/rose', reasonCode: null, reasonText: null, key: `answer-${answers}-${kind}`, ...changes };
}

/** A case that was measured and waits for the decision. */
export function makeCase(facts: Partial<CaseFacts> = {}, changes: Partial<Omit<Case, 'facts'>> = {}): Case {
  return {
    id: caseId(randomUUID()),
    state: 'measured',
    version: 3,
    reportVersion: 1,
    createdAt: '2026-11-20T11:00:05Z',
    updatedAt: '2026-11-20T11:02:00Z',
    facts: {
      report: makeReport(),
      reading: makeReading(),
      study: null,
      choice: null,
      finding: makeFinding(),
      history: null,
      decision: null,
      resources: [],
      answers: [],
      stopped: null,
      ...facts,
    },
    ...changes,
  };
}
