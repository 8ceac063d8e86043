/**
 * A past period through the whole flow in the shadow: read, find, measure, decide, and nothing written anywhere but into the backload's own table.
 * The steps are the server's own; the archive and the health record are only read. Runs again where it stopped.
 */
import { createHash } from 'node:crypto';
import type { BackloadFacts } from '../case/backload-figures.ts';
import type { Case, CaseFacts } from '../case/case.ts';
import { caseId } from '../case/ids.ts';
import { nextStep, type StepName } from '../flow.ts';
import { AskAHuman, GiveUp, TryLater } from '../lib/errors.ts';
import type { FractureModel, HealthRecord, ImageArchive, KeyImagePainter, StepResult } from '../ports.ts';
import { howOld } from '../rules/how-old.ts';
import type { Policy } from '../rules/policy.ts';
import { decide } from '../steps/decide.ts';
import { findFractures } from '../steps/find-fractures.ts';
import { findImages } from '../steps/find-images.ts';
import { readReport } from '../steps/read-report.ts';
import type { BackloadStore } from '../systems/postgres/backload-store.ts';
import { type ReportHeap, reportDay, type StoredReport } from './curate-sources.ts';

export interface BackloadPorts {
  readonly archive: ImageArchive;
  readonly model: FractureModel;
  readonly record: Pick<HealthRecord, 'findPatient' | 'history'>;
  readonly store: Pick<BackloadStore, 'done' | 'put'>;
  /** Waits until the next report may begin: by the pace, and by the hours of the day. */
  readonly turn: () => Promise<void>;
  readonly progress: (text: string) => void;
}

export interface BackloadSettings {
  /** YYYY-MM-DD, the first day and the day after the last. */
  readonly from: string;
  readonly to: string;
  readonly policy: Policy;
}

export interface BackloadRun {
  readonly inPeriod: number;
  readonly doneBefore: number;
  readonly done: number;
  /** The archive, the model or the health record was down for these: the next run tries them again. */
  readonly later: number;
}

export async function backload(heap: ReportHeap, settings: BackloadSettings, ports: BackloadPorts): Promise<BackloadRun> {
  const reports = [...heap.keys()]
    .map((inHeap) => ({ key: hashOf(inHeap), inHeap, day: reportDay(heap.get(inHeap).report) }))
    .filter(({ day }) => day >= settings.from && day < settings.to)
    .toSorted((a, b) => (`${a.day}${a.key}` < `${b.day}${b.key}` ? -1 : 1));
  const before = await ports.store.done(settings.from, settings.to);
  const todo = reports.filter(({ key }) => !before.has(key));
  let [done, later] = [0, 0];
  for (const { key, inHeap, day } of todo) {
    await ports.turn();
    const started = performance.now();
    const ended = await throughTheFlow(heap.get(inHeap), day, settings.policy, ports);
    if (ended) await ports.store.put({ key, day, facts: kept(ended, day), ms: performance.now() - started });
    done += ended ? 1 : 0;
    later += ended ? 0 : 1;
    if ((done + later) % 10 === 0 || done + later === todo.length)
      ports.progress(`${done + later} of ${todo.length}${later > 0 ? `, ${later} to try again` : ''}`);
  }
  return { inPeriod: reports.length, doneBefore: reports.length - todo.length, done, later };
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

function kept({ report, reading, finding, decision, stopped }: CaseFacts, day: string): BackloadFacts {
  const { patient, source } = report;
  const { statements: _, ...said } = reading ?? { statements: [] };
  const authority = patient.id.authority ?? '';
  return {
    person: hashOf(`${source}|${authority}|${patient.id.value}`).slice(0, 24),
    source,
    authority,
    ageYears: patient.birthDate === null ? null : howOld(patient.birthDate, day),
    sex: patient.sex,
    reading: reading && (said as BackloadFacts['reading']),
    finding: finding && {
      state: finding.state,
      ...(finding.state === 'measured' ? { worstGrade: finding.worstGrade, modality: finding.modality } : { reason: finding.reason }),
      scanner: finding.state === 'measured' ? finding.series.scanner : null,
      models: finding.models,
      vertebrae: finding.vertebrae.map(({ level, levelText, state, grade, gradeText, loss }) => ({
        level,
        levelText,
        state,
        grade,
        gradeText,
        percent: loss?.percent ?? null,
      })),
    },
    decision: decision && {
      rule: decision.rule,
      outcome: decision.outcome,
      priority: decision.priority,
      careGap: decision.careGap,
      policyVersion: decision.policyVersion,
    },
    stopped: stopped?.code ?? null,
  };
}

/** Null when somebody outside is down: then nothing is kept of it. */
async function throughTheFlow(stored: StoredReport, day: string, policy: Policy, ports: BackloadPorts): Promise<CaseFacts | null> {
  let subject = asCase(stored, day);
  for (let step = nextStep(subject.state); step && step.name !== 'write-record'; step = nextStep(subject.state)) {
    const result = await tried(step.name, subject, day, policy, ports);
    if (result === null) return null;
    subject = { ...subject, state: result.to, facts: { ...subject.facts, ...result.facts } };
  }
  return subject.facts;
}

async function tried(step: StepName, subject: Case, day: string, policy: Policy, ports: BackloadPorts): Promise<StepResult | null> {
  try {
    return await run(step, subject, day, policy, ports);
  } catch (fault) {
    if (fault instanceof TryLater) return null;
    if (!(fault instanceof GiveUp) && !(fault instanceof AskAHuman)) throw fault;
    return { to: fault instanceof GiveUp ? 'closed' : 'parked', facts: { stopped: { code: fault.code, text: fault.message } }, detail: fault.code };
  }
}

/** Nobody looks at the pictures of a backload. */
const NO_PICTURES: Pick<KeyImagePainter, 'paintStrip'> = {
  paintStrip: () => Promise.resolve({ name: 'strip.png', contentType: 'image/png', bytes: new Uint8Array() }),
};

function run(step: StepName, subject: Case, day: string, policy: Policy, { archive, model, record }: BackloadPorts): Promise<StepResult> {
  // The decision is made as of the day after the report: nobody is older than they were then.
  const then = { now: () => new Date(Date.parse(`${day}T12:00:00Z`) + 86_400_000) };
  switch (step) {
    case 'read-report':
      return Promise.resolve(readReport(subject));
    case 'find-images':
      return findImages(subject, { archive, clock: { now: () => new Date() } }, { giveUpAfterHours: 0 });
    case 'find-fractures':
      return findFractures(subject, { archive, model, painter: NO_PICTURES });
    case 'decide':
      return decide(subject, { record, clock: then }, policy);
    case 'write-record':
      throw new Error('a backload writes nothing');
  }
}

function asCase({ report }: StoredReport, day: string): Case {
  return {
    id: caseId('00000000-0000-8000-8000-000000000000'),
    state: 'received',
    version: 1,
    reportVersion: 1,
    createdAt: `${day}T12:00:00Z`,
    updatedAt: `${day}T12:00:00Z`,
    facts: {
      report,
      reading: null,
      study: null,
      choice: null,
      finding: null,
      history: null,
      decision: null,
      resources: [],
      answers: [],
      stopped: null,
    },
  };
}
