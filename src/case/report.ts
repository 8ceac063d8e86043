/** A radiology report as it came out of one HL7 message, in our words: no HL7 gets past systems/hl7. */
import type { Accession, DicomUid } from './ids.ts';
import type { Sex } from './vertebra.ts';

export type ReportStatus = 'preliminary' | 'final' | 'corrected' | 'addendum' | 'cancelled' | 'unknown';

export interface Identifier {
  readonly value: string;
  /** Assigning authority: namespace or universal id (CX.4), if given. */
  readonly authority: string | null;
  /** Identifier type (HL7 table 0203), e.g. MR, PI. SS is dropped at the door. */
  readonly type: string | null;
}

export interface ReportPatient {
  /** The identifier chosen by the source's rule, used to check the images and to find the patient in the EHR. */
  readonly id: Identifier;
  readonly otherIds: readonly Identifier[];
  readonly familyName: string;
  readonly givenName: string;
  /** YYYY-MM-DD, YYYY-MM or YYYY; null when not given. */
  readonly birthDate: string | null;
  readonly sex: Sex;
  readonly deceased: boolean | null;
}

export interface Person {
  readonly id: string | null;
  readonly authority: string | null;
  readonly name: string;
}

export interface Report {
  /** Which listener and sender it came from; cases of two sources never meet. */
  readonly source: string;
  readonly accession: Accession | null;
  /** Every candidate in the source's order, with the field it stood in ("OBR-18"). */
  readonly accessionCandidates: readonly { readonly value: string; readonly field: string }[];
  readonly studyInstanceUid: DicomUid | null;
  readonly status: ReportStatus;
  readonly patient: ReportPatient;
  readonly orderer: Person | null;
  readonly author: Person | null;
  /** OBR-4 */
  readonly procedure: { readonly code: string; readonly text: string; readonly system: string } | null;
  /** DICOM modality if the message says it (OBR-24 or the procedure), else null. */
  readonly modality: string | null;
  /** ISO 8601 with zone; null when not given. */
  readonly examinedAt: string | null;
  readonly reportedAt: string | null;
  /** Encounter/visit number PV1-19. */
  readonly visitNumber: string | null;
  readonly text: string;
  /** Things a person should know about this message ("text shrank", "charset guessed"). */
  readonly flags: readonly string[];
}
