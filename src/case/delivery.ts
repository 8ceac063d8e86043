/** The ways in which what a case has to say leaves the house, and how far each has come. */

/** `cds` and `worklist` are read by others and pushed to nobody. */
export const CHANNELS = ['fhir', 'hl7', 'document', 'cds', 'worklist'] as const;
export type ChannelName = (typeof CHANNELS)[number];

/**
 * `waiting`: handed over, the other side has not taken or seen it yet; `sent`: it has; `refused`: it never will, a person has to look;
 * `failed`: the last try failed and the next is under way.
 */
export type DeliveryState = 'waiting' | 'sent' | 'refused' | 'failed';

/** One channel of one version of a case's report. */
export interface Delivery {
  readonly channel: ChannelName;
  readonly reportVersion: number;
  readonly state: DeliveryState;
  readonly tries: number;
  /** Code of the fault that refused or failed it, else null. */
  readonly code: string | null;
  /** ISO 8601 */
  readonly updatedAt: string;
}
