/**
 * Role `shadow`: measures what the live models have measured once more with a second set, in a process of its own, and stores the comparison. It only
 * reads cases: nothing of it ever reaches a case, a page or the health record.
 */
import type { Config } from '../config.ts';
import { GiveUp, TryLater } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { compareFindings } from '../measure/compare-findings.ts';
import type { FractureModel, ImageArchive } from '../ports.ts';
import { measureChoice } from '../steps/find-fractures.ts';
import { modelSetOf } from '../systems/fracture-model/model-set.ts';
import { onlyOne } from '../systems/postgres/only-one.ts';
import { makeShadowFindings, type ShadowFindings, type ShadowWork } from '../systems/postgres/shadow-findings.ts';
import { shadowDirs } from './model-dirs.ts';
import { type Data, type Running, systemClock } from './open-data.ts';
import { openArchive, openModel } from './outside.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** Between two looks when there is nothing to do. */
const IDLE_MS = 5_000;

export interface ShadowParts {
  readonly data: Pick<Data, 'pool' | 'store' | 'jobs'>;
  readonly archive: Pick<ImageArchive, 'readSlices' | 'release'>;
  readonly model: FractureModel;
  readonly days: number;
  readonly log: Log;
  readonly idleMs?: number;
}

/** Throws GiveUp CONFIG_FAULTY without a second set. */
export async function startShadow(config: Config, data: Data, log: Log): Promise<Running> {
  const dirs = shadowDirs(config);
  if (dirs === null) throw new GiveUp('no MODEL_SHADOW_ setting names a second set of models', { code: 'CONFIG_FAULTY', phase: 'parse' });
  const archive = openArchive(config, log);
  const model = await openModel(config, log, dirs);
  const running = runShadow({ data, archive, model, days: config.MODEL_SHADOW_DAYS, log });
  return {
    close: async () => {
      await running.close();
      await Promise.all([model.close(), archive.close()]);
    },
  };
}

/** One process of many works on one second set; a study is begun only while no live study waits. */
export function runShadow(parts: ShadowParts): Running {
  const { log } = parts;
  const findings = makeShadowFindings(parts.data.pool);
  const set = modelSetOf(parts.model.identities());
  const mine = onlyOne(parts.data.pool, `shadow ${set.digest}`);
  const stop = new AbortController();
  /** Studies that cannot be had now; they are asked for again when everything else is done. */
  const later = new Set<string>();
  const look = async (): Promise<boolean> => {
    if (!(await mine.isMine()) || (await isLiveBusy(parts))) return false;
    const since = new Date(systemClock.now().getTime() - parts.days * DAY_MS);
    const work = await findings.next(set.digest, since, [...later]);
    if (!work) {
      later.clear();
      return false;
    }
    if (!(await measureOne(parts, findings, set.digest, work, stop.signal))) later.add(work.eventId);
    return true;
  };
  const run = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      const isMore = await look().catch((error: unknown) => {
        log.error('queue.error', { queue: 'shadow', code: error instanceof Error ? error.name : 'unknown' });
        return false;
      });
      if (!isMore) await pause(parts.idleMs ?? IDLE_MS, stop.signal);
    }
  };
  log.info('shadow.ready', { live: 'of each case', shadow: set.digest });
  const running = run();
  return {
    close: async () => {
      stop.abort();
      await running;
      await mine.close();
    },
  };
}

async function isLiveBusy({ data }: ShadowParts): Promise<boolean> {
  const model = (await data.jobs.counts())['model'];
  return (model?.['waiting'] ?? 0) + (model?.['active'] ?? 0) > 0;
}

/** False when it is to be tried again: the archive is down, or we are stopping. */
async function measureOne(parts: ShadowParts, findings: ShadowFindings, modelSet: string, work: ShadowWork, signal: AbortSignal): Promise<boolean> {
  const subject = await parts.data.store.load(work.caseId);
  const live = subject?.facts.finding;
  if (!subject || !live) return false;
  const started = performance.now();
  try {
    const { finding } = await measureChoice(subject, { archive: parts.archive, model: parts.model }, { signal });
    const ms = performance.now() - started;
    const liveSet = modelSetOf(live.models).digest;
    await findings.add({ ...work, modelSet, liveSet, finding, comparison: compareFindings(live, finding), ms });
    parts.log.info('shadow.measured', { caseId: work.caseId, live: liveSet, shadow: modelSet, ms: Math.round(ms) });
    return true;
  } catch (error) {
    if (!(error instanceof TryLater)) parts.log.error('fault.unexpected', { where: 'shadow', name: nameOf(error), code: 'UNEXPECTED' });
    return false;
  }
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : typeof error);

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });
}
