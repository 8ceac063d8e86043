/** Invented cases for the pages: phantom spines with their true landmarks, read and decided by the product's own rules. */
import { randomUUID } from 'node:crypto';
import sharp from 'sharp';
import type { CaseFacts, CaseState } from '#src/case/case.ts';
import type { StudyFinding } from '#src/case/finding.ts';
import { accession } from '#src/case/ids.ts';
import type { PatientHistory } from '#src/case/referral.ts';
import type { Report } from '#src/case/report.ts';
import { LANDMARK_NAMES, type Level, type PointLps, type Sex } from '#src/case/vertebra.ts';
import { loadPolicy } from '#src/load-policy.ts';
import { readReport } from '#src/reading/read-report.ts';
import { gradeStudy } from '#src/rules/grade-study.ts';
import { needsReferral } from '#src/rules/needs-referral.ts';
import type { Pool } from '#src/systems/postgres/pool.ts';
import { known, makeFinding, makeHistory } from '#test/fakes/make-case.ts';
import { makeReport } from '#test/fakes/make-report.ts';
import { makePhantom } from '#test/hospital/phantom/make-phantom.ts';
import type { PhantomParameters } from '#test/hospital/phantom/parameters.ts';

export interface InventedCase {
  readonly id: string;
  readonly state: CaseState;
  readonly facts: CaseFacts;
  readonly at: string;
  readonly strip: Buffer | null;
}

const policy = loadPolicy();
const COLUMNS = 128;

/** A narrow phantom, cut in the middle: its picture in 1 mm pixels, and the finding that its true landmarks give. */
export async function picturedFinding(parameters: PhantomParameters): Promise<{ readonly finding: StudyFinding; readonly strip: Buffer }> {
  const { volume, truth } = makePhantom({ ...parameters, columns: 9, rows: 150, pixelMm: 1.1, noiseHu: 9 });
  const [mm = 1, y0 = 0, z0 = 0] = [volume.affine[5], volume.affine[7], volume.affine[11]];
  const middle = truth.vertebrae.reduce((sum, one) => sum + one.centreLps[1], 0) / truth.vertebrae.length;
  const left = middle - COLUMNS / 2;
  const rows = Math.floor(volume.slices * volume.sliceSpacingMm);
  const top = z0 + rows;
  const i = volume.columns >> 1;
  const grey = new Uint8Array(COLUMNS * rows);
  for (let row = 0; row < rows; row++) {
    const k = Math.min(volume.slices - 1, Math.max(0, Math.round((top - row - z0) / volume.sliceSpacingMm)));
    for (let column = 0; column < COLUMNS; column++) {
      const j = Math.min(volume.rows - 1, Math.max(0, Math.round((left + column - y0) / mm)));
      const hu = volume.values[(k * volume.rows + j) * volume.columns + i] ?? -1000;
      grey[row * COLUMNS + column] = Math.max(0, Math.min(255, ((hu + 160) / 560) * 255));
    }
  }
  const strip = await sharp(grey, { raw: { width: COLUMNS, height: rows, channels: 1 } })
    .png()
    .toBuffer();
  const picture = ([, y, z]: PointLps): [number, number] => [y - left, top - z];
  const finding = gradeStudy(
    {
      bodies: truth.vertebrae.map((vertebra) => ({
        level: vertebra.level as Level,
        levelProbability: 0.99,
        levelText: vertebra.level,
        complete: vertebra.wholeInView ? 1 : 0,
        quality: 3,
        tiltRad: 0,
        landmarks: LANDMARK_NAMES.map((name) => ({
          name,
          lps: vertebra.landmarksLps[name],
          picture: picture(vertebra.landmarksLps[name]),
          sigma: 0.7,
        })),
        centrePicture: picture(vertebra.centreLps),
        centreLps: vertebra.centreLps,
        trabecular: { hu: truth.trabecularHu, sdHu: 20, areaMm2: 200 },
        denseShare: 0,
      })),
      picture: { columns: COLUMNS, rows, values: new Float32Array(0), mmPerPixel: 1 },
      notes: [],
    },
    {
      sex: parameters.sex,
      choice: { ...makeFinding().series, scanner: 'Invented Imaging Phantom CT', because: ['the only usable series'] },
      studyInstanceUid: makeFinding().studyInstanceUid,
      studyDate: '2026-11-09',
      models: makeFinding().models,
      executionProvider: 'cpu',
      sliceSpacingMm: 1.5,
    },
  );
  return { finding, strip };
}

export interface CaseWish {
  readonly person: { readonly id: string; readonly family: string; readonly given: string; readonly birthDate: string; readonly sex: Sex };
  readonly accession: string;
  readonly text: string;
  readonly finding: StudyFinding | null;
  readonly strip?: Buffer;
  /** ISO 8601 of the report; the examination was two hours earlier. */
  readonly reportedAt: string;
  /** YYYY-MM-DD of the decision; default: the day of the report. */
  readonly decidedOn?: string;
  readonly report?: Partial<Report>;
  readonly history?: Partial<PatientHistory>;
  readonly state?: CaseState;
  readonly stopped?: CaseFacts['stopped'];
}

export function inventCase(wish: CaseWish): InventedCase {
  const { person } = wish;
  const reference = `Patient/pat-${person.id.toLowerCase()}`;
  const report = makeReport({
    source: 'ashmore',
    accession: accession(wish.accession) ?? null,
    text: wish.text,
    patient: {
      id: { value: person.id, authority: 'ASHMORE', type: 'MR' },
      otherIds: [],
      familyName: person.family,
      givenName: person.given,
      birthDate: person.birthDate,
      sex: person.sex,
      deceased: null,
    },
    reportedAt: wish.reportedAt,
    examinedAt: new Date(Date.parse(wish.reportedAt) - 2 * 3_600_000).toISOString(),
    ...wish.report,
  });
  const reading = readReport(wish.text);
  const history = makeHistory({
    patientReference: reference,
    birthDate: known(person.birthDate),
    sex: person.sex === 'unknown' ? { known: false, because: 'not recorded' } : known(person.sex),
    ...wish.history,
  });
  const today = wish.decidedOn ?? wish.reportedAt.slice(0, 10);
  const decision = needsReferral({ report, reading, finding: wish.finding, history, answers: [], today, reportVersion: 1 }, policy);
  return {
    id: randomUUID(),
    state: wish.state ?? 'written',
    at: wish.reportedAt,
    strip: wish.strip ?? null,
    facts: {
      report,
      reading,
      study: null,
      choice: null,
      finding: wish.finding,
      history,
      decision: wish.stopped ? null : decision,
      resources: [],
      answers: [],
      stopped: wish.stopped ?? null,
    },
  };
}

/** Stores them as the steps would have, with a short time line. */
export async function storeCases(pool: Pool, cases: readonly InventedCase[]): Promise<void> {
  for (let start = 0; start < cases.length; start += 500) {
    const rows = cases.slice(start, start + 500).map((one) => ({
      id: one.id,
      case_key: `ashmore|case|${one.id}`,
      patient_reference: one.facts.history?.patientReference ?? null,
      source_patient: one.facts.report.patient.id.value,
      state: one.state,
      rule: one.facts.decision?.rule ?? null,
      outcome: one.facts.decision?.outcome ?? null,
      facts: one.facts,
      at: one.at,
    }));
    await pool.query(
      `INSERT INTO backstop.cases (id, case_key, source, patient_reference, source_patient, state, rule, outcome, facts, created_at, updated_at)
       SELECT id, case_key, 'ashmore', patient_reference, source_patient, state, rule, outcome, facts, at, at
       FROM jsonb_to_recordset($1) AS r (id uuid, case_key text, patient_reference text, source_patient text, state text, rule text, outcome text, facts jsonb, at timestamptz)`,
      [JSON.stringify(rows)],
    );
  }
  for (const one of cases.filter((each) => each.strip !== null)) {
    await pool.query(`INSERT INTO backstop.artifact (case_id, name, content_type, bytes) VALUES ($1, 'strip.png', 'image/png', $2)`, [
      one.id,
      one.strip,
    ]);
  }
}

/** Events as the steps write them: received, read, located, measured, decided, written within some minutes. */
export async function storeEvents(pool: Pool, cases: readonly InventedCase[]): Promise<void> {
  const steps = [
    'receive-report received',
    'read-report read',
    'find-images located',
    'find-fractures measured',
    'decide decided',
    'write-record written',
  ];
  const events = cases.flatMap((one) =>
    steps.map((words, index) => ({
      case_id: one.id,
      at: new Date(Date.parse(one.at) + index * 40_000).toISOString(),
      step: words.split(' ')[0],
      outcome: words.split(' ')[1],
      detail: index === 4 ? `${one.facts.decision?.rule ?? ''} ${one.facts.decision?.outcome ?? ''}` : 'as usual',
      ms: 120,
    })),
  );
  await pool.query(
    `INSERT INTO backstop.case_event (case_id, at, step, outcome, detail, ms)
     SELECT case_id, at, step, outcome, detail, ms FROM jsonb_to_recordset($1) AS r (case_id uuid, at timestamptz, step text, outcome text, detail text, ms integer)`,
    [JSON.stringify(events)],
  );
}
