/** One torture run: load, faults and visits side by side, then healing, draining and the judgement. */
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Resource } from '@medplum/fhirtypes';
import { makeChance } from './chance.ts';
import { CAN_FAKE_CLOCKS } from './clock-file.ts';
import { drain, type Left } from './drain.ts';
import { type PlannedFault, planFaults } from './fault-plan.ts';
import { bringFaults, type FaultLine, heal } from './faults.ts';
import { acknowledged, type Ledger, makeLedger } from './ledger.ts';
import { Load } from './load.ts';
import type { TortureOptions } from './options.ts';
import { type Senders, startSenders } from './senders.ts';
import { openSite, type Site } from './site.ts';
import { type Judgement, verify } from './verify.ts';
import { visit } from './visits.ts';

const LANES = 4;

export interface TortureResult {
  readonly seed: number;
  readonly seconds: number;
  readonly disk: string;
  readonly clocks: string;
  readonly faults: readonly FaultLine[];
  readonly sent: Readonly<Record<string, number>>;
  readonly acknowledged: number;
  readonly resends: number;
  readonly left: Left;
  readonly drainSeconds: number;
  readonly judgement: Judgement;
  readonly lost: number;
  readonly doubled: number;
  readonly unsettled: number;
}

/** `plan`: in place of the one that the seed makes. */
export async function runTorture(
  options: TortureOptions,
  told: (line: string) => void,
  plan: readonly PlannedFault[] = planFaults({
    seed: options.seed,
    seconds: options.seconds,
    everyMs: options.faultEveryMs,
    canJump: CAN_FAKE_CLOCKS,
  }),
): Promise<TortureResult> {
  const site = await openSite(options);
  // A small disk is mounted and processes run: Ctrl-C must not leave them behind.
  const interrupted = (): void => void site.close().then(() => process.exit(130));
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    await site.rolesUp();
    told(`the site is up: disk ${site.disk.how}, clocks ${CAN_FAKE_CLOCKS ? 'by libfaketime' : 'left alone (libfaketime is not installed)'}`);
    return await torment(site, options, plan, told);
  } finally {
    if (options.keep !== undefined) {
      mkdirSync(options.keep, { recursive: true });
      copyFileSync(site.logFile, join(options.keep, `torture-${options.seed}.log`));
    }
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
    await site.close();
  }
}

async function torment(site: Site, options: TortureOptions, plan: readonly PlannedFault[], told: (line: string) => void): Promise<TortureResult> {
  const ledger = makeLedger();
  const senders = startSenders({ lanes: LANES, port: () => site.hl7Port, chance: makeChance(options.seed + 1_000_000) });
  const faults: FaultLine[] = [];
  const load = await underway(site, options, plan, ledger, senders, (line) => {
    faults.push(line);
    told(`${(line.atMs / 1000).toFixed(1).padStart(7)} s  ${line.name.padEnd(30)} ${line.target}${line.happened ? '' : ' (did not come about)'}`);
  });
  told('healing and draining');
  const healed = performance.now();
  await heal(site);
  await Promise.all([load.allImagesCame(), senders.drained()]);
  const left = await drain(site.pool, options.drainSeconds, (now) => told(`draining: ${JSON.stringify(now)}`));
  const drainSeconds = Math.round((performance.now() - healed) / 1000);
  senders.stop();
  const judgement = await verify(site, ledger);
  const sum = (part: Judgement['lost']): number => Object.values(part).reduce((total, examples) => total + examples.length, 0);
  return {
    seed: options.seed,
    seconds: options.seconds,
    disk: site.disk.how,
    clocks: CAN_FAKE_CLOCKS ? 'libfaketime' : 'not faked',
    faults,
    ...counted(ledger),
    left,
    drainSeconds,
    judgement,
    lost: sum(judgement.lost),
    doubled: sum(judgement.doubled),
    unsettled: sum(judgement.unsettled),
  };
}

/** Load, visits and faults until the time is over and the last fault is healed. */
async function underway(
  site: Site,
  options: TortureOptions,
  plan: readonly PlannedFault[],
  ledger: Ledger,
  senders: Senders,
  told: (line: FaultLine) => void,
): Promise<Load> {
  const load = new Load(makeChance(options.seed + 2_000_000), options, ledger, {
    lanes: LANES,
    addPatient: async (resource) => {
      await site.ehr.repository.withSeeding(() => site.ehr.repository.createResource(resource as Resource));
    },
    addStudy: (files) => {
      for (const { bytes } of files) site.archive.index.add('', bytes, bytes);
    },
    send: (lane, message) => senders.send(lane, message),
  });
  const over = AbortSignal.timeout(options.seconds * 1000);
  await Promise.all([load.run(over), visit(site, ledger, makeChance(options.seed + 3_000_000), over), bringFaults(site, plan, told)]);
  return load;
}

function counted(ledger: Ledger) {
  const sent: Record<string, number> = {};
  for (const { kind } of ledger.messages) sent[kind] = (sent[kind] ?? 0) + 1;
  const resends = ledger.messages.reduce((sum, message) => sum + Math.max(0, message.tries - 1), 0);
  return { sent, acknowledged: acknowledged(ledger).length, resends };
}
