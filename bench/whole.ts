/**
 * `whole`: a report in over MLLP until the EHR can read its card, for a CT of 300 slices, against fetching the series (`wado`) and the networks'
 * bare time on the same tensors, in the same run. And where the time goes, step by step. A card can be read once its case is decided; writing the
 * health record comes after it and is told beside it.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { dicomUid } from '#src/case/ids.ts';
import { makeLog } from '#src/lib/log.ts';
import { assembleVolume } from '#src/measure/assemble-volume.ts';
import { pickSeries } from '#src/rules/pick-series.ts';
import { makeImageArchive } from '#src/systems/dicomweb/client.ts';
import { firePatientView } from '#test/hospital/cds-client.ts';
import { sendHl7 } from '#test/hospital/hl7-sender.ts';
import { type Hospital, startHospital } from '#test/hospital/start-hospital.ts';
import { reportMessage } from '../tools/samples/report-message.ts';
import { patientResource } from '../tools/torture/invented.ts';
import { median, type Spread, spread } from './median.ts';
import { benchModel } from './model.ts';
import { listenForSteps, type StepsDone } from './steps-done.ts';
import { ACCESSION, archiveWith, PERSON, STUDY_UID, type WholeArchive, writeStudy } from './whole-study.ts';

export interface WholeBench {
  /** Report to card over (series fetched + networks alone). */
  readonly ratio: number;
  readonly archive: string;
  readonly wholeMs: Spread;
  /** Report to the last resource in the health record. */
  readonly writtenMs: Spread;
  readonly wadoMs: Spread;
  readonly networksMs: Spread;
  readonly vertebrae: number;
  /** Medians, and their share of the whole in percent; what is left is waiting between steps. The last one comes after the card. */
  readonly steps: readonly { readonly step: string; readonly ms: number; readonly percent: number }[];
}

/** A hospital's worker is warm: its code is compiled after some studies. All three sides are warmed alike (`model` has five of its own). */
const WARM_ROUNDS = 5;

export async function benchWhole(settings: { rounds?: number } = {}): Promise<WholeBench> {
  const { rounds = 5 } = settings;
  const study = await writeStudy();
  const archive = await archiveWith(study.folder);
  try {
    const wado = await wadoTimes(archive, rounds);
    const networks = await benchModel({ folder: study.folder, rounds: Math.min(3, rounds) });
    const runs = await wholeTimes(archive, rounds);
    const ratio = median(runs.map((run) => run.ms)) / (median(wado) + networks.bareMs.median);
    return {
      ratio,
      archive: archive.name,
      wholeMs: spread(runs.map((run) => run.ms)),
      writtenMs: spread(runs.map((run) => run.writtenMs)),
      wadoMs: spread(wado),
      networksMs: networks.bareMs,
      vertebrae: networks.vertebrae,
      steps: shares(runs),
    };
  } finally {
    await archive.close();
    await study.remove();
  }
}

/** The series from the archive to a sorted HU volume, with two decoder threads as the worker has. */
async function wadoTimes({ url, auth }: WholeArchive, rounds: number): Promise<number[]> {
  const archive = makeImageArchive({ url, auth, decoderThreads: 2, log: makeLog({ level: 'silent' }) });
  const uid = dicomUid(STUDY_UID)!;
  const [summary] = await archive.findStudies({ studyInstanceUid: uid });
  const pick = pickSeries(await archive.describeSeries(uid), summary!);
  if (!pick.ok) throw new Error(pick.text);
  const times: number[] = [];
  for (let round = 0; round < WARM_ROUNDS + rounds; round += 1) {
    const started = performance.now();
    const slices = await archive.readSlices(uid, pick.choice);
    const assembled = assembleVolume(slices, 'CT');
    if (!assembled.ok) throw new Error(assembled.text);
    if (round >= WARM_ROUNDS) times.push(performance.now() - started);
    // As the step that measures does when it is done.
    archive.release?.(slices);
  }
  await archive.close();
  return times;
}

interface Run {
  readonly ms: number;
  readonly writtenMs: number;
  /** Named parts of it, ms. */
  readonly parts: Readonly<Record<string, number>>;
}

async function wholeTimes(archive: WholeArchive, rounds: number): Promise<readonly Run[]> {
  const done = listenForSteps();
  const hospital = await startHospital({
    studyFolders: [],
    onLine: done.hear,
    seed: [patientResource(PERSON)] as never,
    settings: { ...archive.settings, IMAGES_GIVE_UP_HOURS: '0' },
  });
  try {
    const runs: Run[] = [];
    for (let round = 0; round < WARM_ROUNDS + rounds; round += 1) {
      const run = await once(hospital, done);
      if (round >= WARM_ROUNDS) runs.push(run);
      await forget(hospital);
    }
    return runs;
  } finally {
    await hospital.close();
  }
}

/** The case, and what it left in the health record: a patient who is already referred gets no card. */
async function forget({ pool, ehr }: Hospital): Promise<void> {
  await untilTruncated(pool);
  ehr.repository.clear();
  await ehr.repository.withSeeding(() => ehr.repository.createResource(patientResource(PERSON) as never));
}

/** The worker may still be closing the last job of the case, and PostgreSQL then breaks one of the two off (40P01, deadlock). */
async function untilTruncated(pool: Hospital['pool']): Promise<void> {
  for (let left = 20; ; left -= 1) {
    try {
      await pool.query('TRUNCATE backstop.message, backstop.cases CASCADE');
      return;
    } catch (error) {
      const isDeadlock = error instanceof Error && 'code' in error && error.code === '40P01';
      if (!isDeadlock || left === 0) throw error;
      await pause(100);
    }
  }
}

async function once(hospital: Hospital, done: StepsDone): Promise<Run> {
  const message = reportMessage({
    controlId: 'BENCH0001',
    accession: ACCESSION,
    person: PERSON,
    date: '2026-11-11',
    time: '103000',
    procedure: { code: 'CABPC', text: 'CT abdomen and pelvis' },
    report: ['FINDINGS: There is a moderate anterior compression fracture of L1.', 'IMPRESSION: Compression fracture of L1.'],
  });
  const logged = readFileSync(hospital.logFile, 'utf8').length;
  done.forget();
  const started = performance.now();
  const answer = await sendHl7(hospital.hl7Port, message, { timeoutMs: 30_000 });
  const acknowledged = performance.now();
  if (answer.code !== 'AA') throw new Error(`the report was answered ${answer.code}`);
  await done.until('decide');
  const decided = performance.now();
  const { cards } = await firePatientView(hospital.webUrl, {
    patientId: `pat-${PERSON.id.toLowerCase()}`,
    userId: 'Practitioner/bench',
    fhirServer: hospital.ehr.url,
  });
  const ended = performance.now();
  if (cards.length === 0) throw new Error('no card');
  await done.until('write-record');
  const written = performance.now();
  const events = await hospital.pool.query<{ step: string; ms: number }>('SELECT step, ms FROM backstop.case_event WHERE ms IS NOT NULL ORDER BY id');
  const parts: Record<string, number> = { 'received and acknowledged': acknowledged - started };
  for (const { step, ms } of events.rows) parts[step] = ms;
  const log = readFileSync(hospital.logFile, 'utf8').slice(logged);
  // Earlier studies are asked for beside the description.
  split(parts, 'find-images', { 'the archive': callsMs(log, ['qido-studies', 'describe-series']) });
  split(parts, 'find-fractures', { 'the series': callsMs(log, ['wado-series']), measuring: loggedMs(log, '"event":"model.measured"') });
  parts['card'] = ended - decided;
  const { 'write-record': writing = 0, ...before } = parts;
  before['between the steps'] = ended - started - Object.values(before).reduce((sum, ms) => sum + ms, 0);
  return { ms: ended - started, writtenMs: written - started, parts: { ...before, 'after the card: write-record': writing } };
}

/** Takes named parts out of a step; under the step's own name stays the rest. */
function split(parts: Record<string, number>, step: string, inner: Readonly<Record<string, number>>): void {
  for (const [name, ms] of Object.entries(inner)) {
    parts[`${step}: ${name}`] = ms;
    parts[step] = (parts[step] ?? 0) - ms;
  }
}

/** Time of the archive's calls as the worker's own log tells it. */
function callsMs(log: string, operations: readonly string[]): number {
  return operations.reduce((sum, operation) => sum + loggedMs(log, `"operation":"${operation}"`), 0);
}

function loggedMs(log: string, mark: string): number {
  const line = log.split('\n').find((one) => one.includes(mark));
  const ms = line && (JSON.parse(line.slice(line.indexOf('{'))) as { ms?: number }).ms;
  if (ms === undefined) throw new Error(`the worker logged no ${mark}`);
  return Number(ms);
}

function shares(runs: readonly Run[]): WholeBench['steps'] {
  const whole = median(runs.map((run) => run.ms));
  const names = Object.keys(runs[0]?.parts ?? {});
  return names.map((step) => {
    const ms = median(runs.map((run) => run.parts[step] ?? 0));
    return { step, ms: Math.round(ms), percent: Math.round((1000 * ms) / whole) / 10 };
  });
}

if (import.meta.main) {
  const result = await benchWhole();
  for (const { step, ms, percent } of result.steps)
    console.log(`${step.padEnd(30)} ${String(ms).padStart(7)} ms ${percent.toFixed(1).padStart(5)} %`);
  console.log(JSON.stringify(result));
}
