/** Role `work`: hands the outside systems to the steps and takes jobs off the queues. */
import type { Config } from '../config.ts';
import { FLOW } from '../flow.ts';
import type { Log } from '../lib/log.ts';
import { loadPolicy } from '../load-policy.ts';
import { asReviewed } from '../rules/as-reviewed.ts';
import { comparePrior } from '../steps/compare-prior.ts';
import { decide } from '../steps/decide.ts';
import { findFractures } from '../steps/find-fractures.ts';
import { findImages } from '../steps/find-images.ts';
import { withFreshChoice } from '../steps/fresh-choice.ts';
import { readReport } from '../steps/read-report.ts';
import { writeRecord } from '../steps/write-record.ts';
import { makeKeyImagePainter } from '../systems/fracture-model/key-image.ts';
import { modelSetOf } from '../systems/fracture-model/model-set.ts';
import { makeDeliveries } from '../systems/postgres/deliveries.ts';
import { makeEarlierFindings } from '../systems/postgres/earlier-findings.ts';
import { standingCases } from '../systems/postgres/standing-cases.ts';
import { sweep } from '../systems/queue/sweep.ts';
import { startWorker } from '../systems/queue/worker.ts';
import { makeChannels } from './channels.ts';
import { decideProof } from './decide-proof.ts';
import { deliver } from './deliver.ts';
import { followRecord } from './follow-record.ts';
import { startHl7Channel } from './hl7-channel.ts';
import { keepTidy } from './keep-tidy.ts';
import { withKeyImages } from './key-images.ts';
import { recordLiveModels } from './live-models.ts';
import { type Data, type Running, systemClock } from './open-data.ts';
import { openArchive, openModel, openRecord } from './outside.ts';
import { storeResults } from './store-results.ts';

/** The worker: every step of the map, on the queues that this process serves. */
export async function startWork(config: Config, data: Data, log: Log, version: string): Promise<Running> {
  const archive = openArchive(config, log);
  const record = openRecord(config, log);
  const policy = loadPolicy(config.POLICY_FILE || undefined);
  const model = await openModel(config, log);
  await recordLiveModels(data.pool, modelSetOf(model.identities()), log);
  const painter = makeKeyImagePainter();
  const store = withKeyImages(data.store, () => Promise.resolve(painter));
  const earlier = makeEarlierFindings(data.pool);
  const channel = startHl7Channel(config, data.pool, log);
  const channels = makeChannels(config, { record, store, hl7: channel });
  const deliveries = makeDeliveries(data.pool);
  const worker = await startWorker({
    pool: data.pool,
    store: data.store,
    traces: data.traces,
    lockMs: config.WORK_LOCK_MS,
    stalledMs: config.WORK_STALLED_MS,
    log,
    concurrency: { text: config.WORK_TEXT, images: config.WORK_IMAGES, model: config.WORK_MODEL, record: config.WORK_RECORD },
    prove: (id) => decideProof(data.pool, policy, log, id),
    handlers: {
      'read-report': async (subject) => readReport(subject),
      'find-images': (subject) =>
        findImages(subject, { archive, clock: systemClock }, { giveUpAfterHours: config.IMAGES_GIVE_UP_HOURS, bySample: true }),
      'find-fractures': async (subject, context) => {
        const measuring = findFractures(subject, { archive, model, painter }, { signal: context.signal, progress: context.progress });
        return await comparePrior(subject, await withFreshChoice(subject, measuring), { earlier });
      },
      decide: (subject) => decide(subject, { record, clock: systemClock }, policy),
      'write-record': async (held) => {
        const subject = asReviewed(held);
        if (config.SHADOW) return await writeRecord(subject, { record, store }, { shadow: true });
        const result = await deliver(subject, channels, deliveries, log);
        if (!config.STORE_RESULTS) return result;
        const list = await storeResults(subject, { archive, store, clock: systemClock }, version);
        return list ? { ...result, artifacts: [...(result.artifacts ?? []), list] } : result;
      },
    },
  });
  const tidying = keepTidy(config, data.pool, log);
  const following = followRecord(config, data, record, log);
  const sweeping = setInterval(() => {
    sweep({ cases: standingCases(data.pool, BEFORE_A_STEP, 2 * config.SWEEP_SECONDS * 1000), jobs: data.jobs, log }).catch((error: unknown) => {
      log.error('queue.error', { queue: 'sweep', code: error instanceof Error ? error.name : 'unknown' });
    });
  }, config.SWEEP_SECONDS * 1000);
  return {
    close: async () => {
      clearInterval(sweeping);
      await tidying.close();
      await following.close();
      await worker.close();
      await Promise.all([model.close(), archive.close(), channel?.close()]);
    },
  };
}

/** Where a case may wait for a job. */
const BEFORE_A_STEP = FLOW.map((step) => step.needs);
