/** Role `listen`: the HL7 doors. */
import { readFileSync } from 'node:fs';
import type { Config } from '../config.ts';
import { GiveUp } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { startListener } from '../systems/hl7/listener.ts';
import { DEFAULT_PROFILE, readSourceProfiles, type SourceProfile } from '../systems/hl7/source-profile.ts';
import { type Data, type Running, systemClock } from './open-data.ts';
import { proveDoor } from './prove-door.ts';

/** One MLLP listener for each configured source. */
export async function startListen(config: Config, data: Data, log: Log): Promise<Running> {
  const listeners = await Promise.all(
    sources(config).map(({ profile, port }) =>
      startListener({ profile, inbox: data.inbox, log, clock: systemClock, ...(port === undefined ? {} : { port }) }),
    ),
  );
  const proving = config.PROOF_MINUTES > 0 ? await proveDoor(config, data, log) : null;
  return {
    close: async () => {
      await proving?.close();
      await Promise.all(listeners.map((listener) => listener.close()));
    },
  };
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
