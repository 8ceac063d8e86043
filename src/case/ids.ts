/** Branded identifiers. A brand is made here and nowhere else, so that a string from outside is always checked once. */
declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** Our own key of a case (UUID). */
export type CaseId = Branded<'CaseId'>;
/** Our own key of one stored HL7 message (UUID). */
export type MessageId = Branded<'MessageId'>;
/** Accession Number (0008,0050), VR SH: at most 16 characters, no backslash, authority stripped. */
export type Accession = Branded<'Accession'>;
/** A DICOM unique identifier (PS3.5 section 9): digits and dots, at most 64 characters. */
export type DicomUid = Branded<'DicomUid'>;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const UID = /^(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))+$/;

export function caseId(text: string): CaseId {
  if (!UUID.test(text)) throw new RangeError(`not a case id (UUID expected): ${text.slice(0, 40)}`);
  return text.toLowerCase() as CaseId;
}

export function messageId(text: string): MessageId {
  if (!UUID.test(text)) throw new RangeError(`not a message id (UUID expected): ${text.slice(0, 40)}`);
  return text.toLowerCase() as MessageId;
}

/** Undefined when the text cannot be an accession number that is safe to search for: `*` and `?` are QIDO wildcards, a backslash splits values. */
export function accession(text: string): Accession | undefined {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed.length > 64 || /[*?\\\p{Cc}]/u.test(trimmed)) return undefined;
  return trimmed as Accession;
}

/** Undefined when the text is not a valid DICOM UID. */
export function dicomUid(text: string): DicomUid | undefined {
  const trimmed = text.trim().replace(/\0+$/, '');
  return trimmed.length <= 64 && UID.test(trimmed) ? (trimmed as DicomUid) : undefined;
}
