/** A resource that a case wants to have in the health record, before the record has given it an id. */
import type { Coding, Identifier, Meta, Reference, Resource } from '@medplum/fhirtypes';
import { CASE_TAG, CODES, DICOM_UID, KEY_SYSTEM, KEY_TAG, MODE_TAG, OBSERVATION_VALUE, profile } from './names.ts';

export interface Planned<T extends Resource = Resource> {
  readonly key: string;
  readonly role: string;
  readonly resource: T;
  /** Written once, never compared or changed (Provenance, AuditEvent, Device). */
  readonly immutable?: boolean;
  /** Changed when it is there, never made: e.g. a review task that is now answered. */
  readonly onlyIfThere?: boolean;
}

const PLACEHOLDER = 'urn:backstop:key:';

/** A reference to another planned resource; the writer puts the record's id in. */
export function toPlanned<T extends Resource>(planned: Pick<Planned, 'key'>): Reference<T> {
  return { reference: `${PLACEHOLDER}${planned.key}` } as Reference<T>;
}

/** The key of a placeholder, or undefined for any other text. */
export function plannedKey(reference: string): string | undefined {
  return reference.startsWith(PLACEHOLDER) ? reference.slice(PLACEHOLDER.length) : undefined;
}

export interface MetaOptions {
  readonly caseId?: string;
  readonly mode: 'live' | 'test';
  readonly profileName: string;
  /** False for resources that state what a person said. */
  readonly madeByModel: boolean;
  readonly declareProfiles: boolean;
  /** Where there is no identifier element. */
  readonly keyTag?: string;
}

/** AIAST (v3-ObservationValue) labels everything that software asserted; the case tag finds a run again. */
export function metaOf(options: MetaOptions): Meta {
  const tag: Coding[] = [{ system: MODE_TAG, code: options.mode }];
  if (options.caseId) tag.push({ system: CASE_TAG, code: options.caseId });
  if (options.keyTag) tag.push({ system: KEY_TAG, code: options.keyTag });
  return {
    ...(options.declareProfiles && { profile: [profile(options.profileName)] }),
    ...(options.madeByModel && { security: [{ system: OBSERVATION_VALUE, code: 'AIAST', display: 'Artificial Intelligence asserted' }] }),
    tag,
  };
}

export function identifierOf(key: string): Identifier[] {
  return [{ system: KEY_SYSTEM, value: key }];
}

/** Our own code with its words. */
export function own(code: string, display: string): { coding: Coding[]; text: string } {
  return { coding: [{ system: CODES, code, display }], text: display };
}

/** The examination as a logical reference: the record need not hold an ImagingStudy resource. */
export function imagingStudy(studyInstanceUid: string): Reference<never> {
  return { type: 'ImagingStudy', identifier: { system: DICOM_UID, value: `urn:oid:${studyInstanceUid}` } } as Reference<never>;
}

/** A FHIR dateTime from what a report gives; undefined when it is none. Seconds and a zone are needed once there is a time. */
export function dateTime(text: string | null | undefined): string | undefined {
  if (!text) return undefined;
  if (/^\d{4}(-\d{2}(-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2}))?)?)?$/.test(text)) return text;
  return /^\d{4}-\d{2}-\d{2}/.exec(text)?.[0];
}
