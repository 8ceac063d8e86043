/** Where and with which secret the health record may call us (FHIR_SUBSCRIBE): the worker asks for it, the web process opens the door. */
import type { Config } from '../config.ts';
import { GiveUp } from '../lib/errors.ts';

/** Name of the PostgreSQL channel by which the web process wakes the worker. */
export const WAKE_CHANNEL = 'backstop_fhir_changed';

export interface SubscriptionSettings {
  readonly endpoint: string;
  readonly secret: string;
  readonly topic: string | null;
}

type Settings = Pick<Config, 'FHIR_SUBSCRIBE' | 'FHIR_SUBSCRIBE_SECRET' | 'FHIR_SUBSCRIBE_URL' | 'FHIR_SUBSCRIBE_TOPIC' | 'PUBLIC_URL' | 'SHADOW'>;

/** Null when the site does not want it, and in shadow mode: then nothing of ours stands in the record. Throws GiveUp when it cannot work. */
export function subscriptionSettings(config: Settings): SubscriptionSettings | null {
  if (!config.FHIR_SUBSCRIBE || config.SHADOW) return null;
  const base = config.PUBLIC_URL.replace(/\/+$/, '');
  const endpoint = config.FHIR_SUBSCRIBE_URL || (base && `${base}/fhir-changed`);
  const faults = [
    ...(config.FHIR_SUBSCRIBE_SECRET.length < 32 ? ['FHIR_SUBSCRIBE_SECRET needs at least 32 characters'] : []),
    ...(/\s/.test(config.FHIR_SUBSCRIBE_SECRET) ? ['FHIR_SUBSCRIBE_SECRET must not hold spaces'] : []),
    ...(endpoint === '' ? ['FHIR_SUBSCRIBE_URL or PUBLIC_URL must say where the health record reaches us'] : []),
  ];
  if (faults.length > 0) throw new GiveUp(`FHIR_SUBSCRIBE is on, but: ${faults.join('; ')}`, { code: 'CONFIG_FAULTY', phase: 'parse' });
  return { endpoint, secret: config.FHIR_SUBSCRIBE_SECRET, topic: config.FHIR_SUBSCRIBE_TOPIC || null };
}
