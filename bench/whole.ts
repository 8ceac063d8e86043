/**
 * `whole`: a report in over MLLP until the EHR can read its card, for a CT of 300 slices, against fetching the series (`wado`) and the networks'
 * bare time on the same tensors. The three are measured in turns, round by round, and each round has a ratio of its own: measured one after the other,
 * the ratio swung by as much as the machine's pace did meanwhile (1.34 to 1.71, docs/decisions/0017). And where the time goes, step by step. A card can
 * be read once its case is decided; writing the health record comes after it and is told beside it.
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
import { modelSides } from './model.ts';
import { listenForSteps, type StepsDone } from './steps-done.ts';
import { ACCESSION, archiveWith, PERSON, STUDY_UID, type WholeArchive, writeStudy } from './whole-study.ts';

export interface WholeBench {
  /** Report to card over (series fetched + networks alone): the median of the rounds' ratios. */
  readonly ratio: number;
  readonly ratios: Spread;
  readonly ratioOfMedians: number;
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

/** A hospital's worker is warm: its code is compiled after some studies. All three sides are warmed alike. */
const WARM_ROUNDS = 5;
/** Between two sides: threads of the last one that wait busily for more work fall asleep first. */
const PAUSE_MS = 100;

export async function benchWhole(settings: { rounds?: number; warmRounds?: number } = {}): Promise<WholeBench> {
  const { rounds = 7, warmRounds = WARM_ROUNDS } = settings;
  const study = await writeStudy();
  const archive = await archiveWith(study.folder);
  const closing: (() => Promise<unknown>)[] = [() => archive.close(), () => study.remove()];
  try {
    const wado = await openWado(archive);
    closing.push(wado.close);
    const networks = await modelSides(study.folder);
    closing.push(networks.endOurs);
    // Once, for its tensors: from here on only the bare side is asked.
    await networks.ours();
    await networks.endOurs();
    const hospital = await openHospital(archive);
    closing.push(hospital.close);
    const measured: Round[] = [];
    for (let round = -warmRounds; round < rounds; round += 1) {
      const wadoMs = await wado.readMs();
      await pause(PAUSE_MS);
      const networksMs = await networks.bare();
      await pause(PAUSE_MS);
      const run = await hospital.run();
      if (round >= 0) measured.push({ wadoMs, networksMs, run });
      await pause(PAUSE_MS);
    }
    return { ...summary(measured), archive: archive.name, vertebrae: networks.vertebrae() };
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

interface Round {
  readonly wadoMs: number;
  readonly networksMs: number;
  readonly run: Run;
}

function summary(rounds: readonly Round[]): Omit<WholeBench, 'archive' | 'vertebrae'> {
  const [wado, networks] = [rounds.map((round) => round.wadoMs), rounds.map((round) => round.networksMs)];
  const runs = rounds.map((round) => round.run);
  const whole = runs.map((run) => run.ms);
  const ratios = rounds.map(({ wadoMs, networksMs, run }) => run.ms / (wadoMs + networksMs));
  return {
    ratio: median(ratios),
    ratios: spread(ratios),
    ratioOfMedians: median(whole) / (median(wado) + median(networks)),
    wholeMs: spread(whole),
    writtenMs: spread(runs.map((run) => run.writtenMs)),
    wadoMs: spread(wado),
    networksMs: spread(networks),
    steps: shares(runs),
  };
}

/** The series from the archive to a sorted HU volume, with two decoder threads as the worker has. */
async function openWado({ url, auth }: WholeArchive): Promise<{ readMs(): Promise<number>; close(): Promise<void> }> {
  const archive = makeImageArchive({ url, auth, decoderThreads: 2, log: makeLog({ level: 'silent' }) });
  const uid = dicomUid(STUDY_UID)!;
  const [found] = await archive.findStudies({ studyInstanceUid: uid });
  const pick = pickSeries(await archive.describeSeries(uid), found!);
  if (!pick.ok) throw new Error(pick.text);
  return {
    async readMs() {
      const started = performance.now();
      const slices = await archive.readSlices(uid, pick.choice);
      const assembled = assembleVolume(slices, 'CT');
      if (!assembled.ok) throw new Error(assembled.text);
      const ms = performance.now() - started;
      // As the step that measures does when it is done.
      archive.release?.(slices);
      return ms;
    },
    close: () => archive.close(),
  };
}

interface Run {
  readonly ms: number;
  readonly writtenMs: number;
  /** Named parts of it, ms. */
  readonly parts: Readonly<Record<string, number>>;
}

async function openHospital(archive: WholeArchive): Promise<{ run(): Promise<Run>; close(): Promise<void> }> {
  const done = listenForSteps();
  const hospital = await startHospital({
    studyFolders: [],
    onLine: done.hear,
    seed: [patientResource(PERSON)] as never,
    settings: { ...archive.settings, IMAGES_GIVE_UP_HOURS: '0' },
  });
  return {
    async run() {
      const run = await once(hospital, done);
      await forget(hospital);
      return run;
    },
    close: () => hospital.close(),
  };
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
