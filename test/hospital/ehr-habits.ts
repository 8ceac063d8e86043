/** Habits of real EHRs that the stand-in can be given; they may be changed while it runs. */

export interface EhrHabits {
  /** Resource types whose creation is answered 403 (Epic: ServiceRequest). */
  readonly refuses?: readonly string[];
  /** Observation categories that may be created (Oracle Health: laboratory, vital-signs); others 422. */
  readonly observationCategories?: readonly string[];
  /** If-None-Exist is ignored: every create makes a resource. */
  readonly ignoresIfNoneExist?: boolean;
  /** Conditional creates look first and create later, so that two at once make two (HAPI #3141, Azure #1382). */
  readonly duplicatesOnRace?: boolean;
  /** 201 with a Location and no body. */
  readonly minimalReturn?: boolean;
  /** A search that finds nothing is answered with a warning in the Bundle (Epic). */
  readonly warnsOnEmptySearch?: boolean;
  /** References come back with the base before them. */
  readonly absoluteReferences?: boolean;
  /** The data of an attachment comes back as a URL (Medplum, Azure). */
  readonly movesAttachments?: boolean;
  /** Canonicals of topics for Subscriptions (R5 backport). */
  readonly topics?: readonly string[];
  /** A Subscription stays `requested` until its client switches it on (Medplum). */
  readonly leavesSubscriptionsRequested?: boolean;
  readonly slowMs?: number;
  /** False: takes what is no valid FHIR, and is quicker. */
  readonly validates?: boolean;
}
