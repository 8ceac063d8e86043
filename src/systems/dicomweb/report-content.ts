/** Content items of a structured report (PS3.3 C.17.3) and the codes that ours uses. */
import type { Level } from '#src/case/vertebra.ts';
import type { DatasetByKeyword } from './write-dicom-file.ts';

export interface Code {
  readonly value: string;
  readonly scheme: string;
  readonly meaning: string;
}
export type Relation = 'CONTAINS' | 'HAS OBS CONTEXT' | 'HAS CONCEPT MOD' | 'HAS PROPERTIES';

export const dcm = (value: string, meaning: string): Code => ({ value, scheme: 'DCM', meaning });
export const sct = (value: string, meaning: string): Code => ({ value, scheme: 'SCT', meaning });
export const ucum = (value: string, meaning: string): Code => ({ value, scheme: 'UCUM', meaning });
/** Ours, where no standard code says it: heights of a vertebral body, height loss, Genant grade. */
export const ours = (value: string, meaning: string): Code => ({ value, scheme: '99BACKSTOP', meaning });

/** SNOMED CT codes of DICOM CID 7603 Vertebra. */
const VERTEBRAE: Readonly<Record<Level, string>> = {
  T1: '64864005',
  T2: '53733008',
  T3: '1626008',
  T4: '73071006',
  T5: '56401006',
  T6: '45296009',
  T7: '62487009',
  T8: '11068009',
  T9: '82687006',
  T10: '7610001',
  T11: '12989004',
  T12: '23215003',
  L1: '66794005',
  L2: '14293000',
  L3: '36470004',
  L4: '11994002',
  L5: '49668003',
};

export function vertebraCode(level: Level): Code {
  return sct(VERTEBRAE[level], `${level} vertebra`);
}

function codeItem(code: Code): DatasetByKeyword {
  return { CodeValue: code.value, CodingSchemeDesignator: code.scheme, CodeMeaning: code.meaning };
}

function item(relation: Relation, valueType: string, concept: Code | null, more: DatasetByKeyword): DatasetByKeyword {
  const name = concept ? { ConceptNameCodeSequence: [codeItem(concept)] } : {};
  return { RelationshipType: relation, ValueType: valueType, ...name, ...more };
}

export function textItem(relation: Relation, concept: Code, value: string): DatasetByKeyword {
  return item(relation, 'TEXT', concept, { TextValue: value });
}

export function uidItem(relation: Relation, concept: Code, uid: string): DatasetByKeyword {
  return item(relation, 'UIDREF', concept, { UID: uid });
}

export function codedItem(relation: Relation, concept: Code, value: Code): DatasetByKeyword {
  return item(relation, 'CODE', concept, { ConceptCodeSequence: [codeItem(value)] });
}

export function containerItem(relation: Relation, concept: Code, content: readonly DatasetByKeyword[]): DatasetByKeyword {
  return item(relation, 'CONTAINER', concept, { ContinuityOfContent: 'SEPARATE', ContentSequence: content });
}

export function imageItem(relation: Relation, sopClassUid: string, sopInstanceUid: string): DatasetByKeyword {
  return item(relation, 'IMAGE', null, { ReferencedSOPSequence: [{ ReferencedSOPClassUID: sopClassUid, ReferencedSOPInstanceUID: sopInstanceUid }] });
}

/** A number with its unit; `digits` after the point (a DS value has 16 characters at most). */
export function numberItem(relation: Relation, concept: Code, value: number, unit: Code, digits: number): DatasetByKeyword {
  const measured = { NumericValue: value.toFixed(digits), MeasurementUnitsCodeSequence: [codeItem(unit)] };
  return item(relation, 'NUM', concept, { MeasuredValueSequence: [measured] });
}
