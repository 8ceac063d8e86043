/** Invented cases for the tests of cards. Nobody here exists. */
import type { CaseFacts } from '#src/case/case.ts';
import type { Measured } from '#src/case/finding.ts';
import { accession, caseId, dicomUid } from '#src/case/ids.ts';
import type { Reading } from '#src/case/reading.ts';
import type { Decision, HumanAnswer } from '#src/case/referral.ts';
import type { Grade, Level, Vertebra } from '#src/case/vertebra.ts';
import type { CardRow } from '#src/ports.ts';

export const CASE_A = caseId('0f0e5c1e-8a0d-4f6b-9a1f-2d5f3c9a7b01');
export const CASE_B = caseId('0f0e5c1e-8a0d-4f6b-9a1f-2d5f3c9a7b02');

export function vertebra(level: Level, grade: Grade, percent = [3, 22, 31, 48][grade] ?? 0): Vertebra {
  return {
    level,
    levelProbability: 0.98,
    levelText: level,
    state: 'graded',
    reason: null,
    grade,
    gradeText: String(grade),
    shape: 'wedge',
    loss: { anterior: percent, middle: percent / 2, posterior: 0, percent, raw: percent, sd: 2 },
    heights: { anterior: 18.2, middle: 20.04, posterior: 26, unit: 'mm' },
    probability: null,
    flags: [],
    landmarks: [],
    centrePicture: [0, 0],
    centreLps: null,
    trabecularHu: 98,
  };
}

export function measured(vertebrae: readonly Vertebra[]): Measured {
  const study = dicomUid('1.2.3.4');
  if (!study) throw new Error('fixture');
  const model = { id: 'vertebra-landmarks', version: '0.1.0', sha256: 'a', manifestSha256: 'b', clinicalData: false };
  return {
    state: 'measured',
    vertebrae,
    levelsAssessed: ['T8', 'T9', 'T10', 'T11', 'T12', 'L1', 'L2'],
    density: null,
    worstGrade: vertebrae.reduce<Grade>((worst, v) => ((v.grade ?? 0) > worst ? (v.grade ?? 0) : worst), 0),
    notes: [],
    models: [model],
    executionProvider: 'cpu',
    series: {
      seriesInstanceUid: study,
      kind: 'ct-volume',
      modality: 'CT',
      sopInstanceUids: [],
      sliceThicknessMm: 1,
      kernel: [],
      kvp: 120,
      contrast: false,
      scanner: '',
      because: [],
      rejected: [],
    },
    studyInstanceUid: study,
    studyDate: '2026-05-03',
    modality: 'CT',
    picture: { columns: 128, rows: 512, mmPerPixel: 1 },
  };
}

export function reading(over: Partial<Reading> = {}): Reading {
  const no = 'no' as const;
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
    checks: { C1: no, C2: no, C3: no, C4: no, C5: no, C6: no, C7: no, C8: no },
    grammar: '1',
    ...over,
  };
}

export function decision(over: Partial<Decision> = {}): Decision {
  return {
    rule: 'R14',
    outcome: 'refer',
    priority: 'routine',
    veryHighRisk: false,
    confirmedBy: 'report',
    careGap: true,
    modelDisagrees: false,
    addendumText: null,
    because: [{ rule: 'R14', text: 'aged 50 or over' }],
    policyVersion: '1.0',
    dueDate: '2026-06-03',
    ...over,
  };
}

export function answer(kind: HumanAnswer['kind'], at: string, reasonCode: string | null = null): HumanAnswer {
  return { kind, at, by: 'Practitioner/1', reasonCode, reasonText: null, key: `${kind}:${at}` };
}

export function facts(over: Partial<CaseFacts> = {}): CaseFacts {
  return {
    report: {
      source: 'main',
      accession: accession('A1') ?? null,
      accessionCandidates: [],
      studyInstanceUid: null,
      status: 'final',
      patient: {
        id: { value: 'INV-1', authority: 'TEST', type: 'MR' },
        otherIds: [],
        familyName: 'Zzyzx',
        givenName: 'Invented',
        birthDate: '1948-02-11',
        sex: 'female',
        deceased: null,
      },
      orderer: null,
      author: null,
      procedure: null,
      modality: 'CT',
      examinedAt: '2026-05-03T09:00:00+00:00',
      reportedAt: '2026-05-03T11:00:00+00:00',
      visitNumber: null,
      text: 'Lungs are clear.',
      flags: [],
    },
    reading: reading({ fracture: 'stated', levels: ['L1'] }),
    study: null,
    choice: null,
    finding: measured([vertebra('T12', 0), vertebra('L1', 2)]),
    history: null,
    decision: decision(),
    resources: [],
    answers: [],
    stopped: null,
    ...over,
  };
}

export function row(over: Partial<CaseFacts> = {}, rest: Partial<CardRow> = {}): CardRow {
  return { caseId: CASE_A, version: 6, state: 'written', facts: facts(over), ...rest };
}

/** The model saw L1, the report is silent, nobody has confirmed it (R05). */
export function unconfirmed(over: Partial<CaseFacts> = {}): CardRow {
  return row({
    reading: reading(),
    decision: decision({
      rule: 'R05',
      outcome: 'radiologist-review',
      confirmedBy: null,
      careGap: false,
      because: [{ rule: 'R05', text: 'grade 2' }],
    }),
    ...over,
  });
}
