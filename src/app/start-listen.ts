/** Role `listen`: the HL7 doors, and the filing of what they kept. */
import { readFileSync } from 'node:fs';
import type { Config } from '../config.ts';
import { GiveUp } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { startListener } from '../systems/hl7/listener.ts';
import { readMessage } from '../systems/hl7/read-message.ts';
import { DEFAULT_PROFILE, readSourceProfiles, type SourceProfile } from '../systems/hl7/source-profile.ts';
import { makeBacklog } from '../systems/postgres/backlog.ts';
import type { Reading } from '../systems/postgres/file-message.ts';
import type { Unfiled } from '../systems/postgres/file-turn.ts';
import { type Filing, startFiling } from '../systems/postgres/filing.ts';
import { type DoorIntake, makeIntake } from '../systems/postgres/intake.ts';
import { type Data, type Running, systemClock } from './open-data.ts';
import { proveDoor } from './prove-door.ts';

/** One MLLP listener for each configured source. */
export async function startListen(config: Config, data: Data, log: Log): Promise<Running> {
  const wanted = sources(config);
  const { intake, filing } = openDoor(
    data,
    wanted.map(({ profile }) => profile),
    config.HL7_MOST_UNFILED,
    log,
  );
  const listeners = await Promise.all(
    wanted.map(({ profile, port }) => startListener({ profile, intake, log, clock: systemClock, ...(port === undefined ? {} : { port }) })),
  ).catch(async (error: unknown) => {
    await filing.close();
    throw error;
  });
  const proving = config.PROOF_MINUTES > 0 ? await proveDoor(config, data, log) : null;
  return {
    close: async () => {
      await proving?.close();
      await Promise.all(listeners.map((listener) => listener.close()));
      await filing.close();
    },
  };
}

/** Both halves of what happens to a message: it is kept and acknowledged, then it is filed. */
export function openDoor(
  data: Pick<Data, 'pool' | 'jobs'>,
  profiles: readonly SourceProfile[],
  mostUnfiled: number,
  log: Log,
): { readonly intake: DoorIntake; readonly filing: Filing } {
  const { pool, jobs } = data;
  const backlog = makeBacklog({ most: mostUnfiled, log });
  const intake = makeIntake({ pool, backlog, kept: () => filing.wake() });
  const filing = startFiling({
    pool,
    jobs,
    enqueue: jobs.enqueue,
    backlog,
    log,
    quietMs: intake.quietMs,
    sources: profiles.map((profile) => profile.name),
    read: (message) => readKept(message, profiles),
  });
  return { intake, filing };
}

function readKept(message: Unfiled, profiles: readonly SourceProfile[]): Reading {
  const profile = profiles.find((one) => one.name === message.source);
  // Reading it by another source's rules could put the wrong accession number to a patient.
  if (!profile) return { kind: 'store', unusable: { code: 'HL7_SOURCE_UNKNOWN', text: 'no listener has a profile of this source any more' } };
  return readMessage(message, profile);
}

/** The sources of HL7_SOURCES, else the default one. Throws GiveUp CONFIG_FAULTY with all faults of the file. */
export function sources(
  config: Pick<Config, 'HL7_SOURCES' | 'HL7_HOST' | 'HL7_PORT'>,
): readonly { readonly profile: SourceProfile; readonly port?: number }[] {
  if (config.HL7_SOURCES === '') return [{ profile: { ...DEFAULT_PROFILE, host: config.HL7_HOST }, port: config.HL7_PORT }];
  const read = readSourceProfiles(readFileSync(config.HL7_SOURCES, 'utf8'));
  if ('faults' in read) throw new GiveUp(`${config.HL7_SOURCES} is faulty: ${read.faults.join('; ')}`, { code: 'CONFIG_FAULTY', phase: 'parse' });
  return read.profiles.map((profile) => ({ profile }));
}
