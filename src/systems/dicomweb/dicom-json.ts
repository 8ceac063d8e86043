/** DICOM JSON model (PS3.18 annex F) to our summaries of studies, series and instances. */
import { dicomUid } from '#src/case/ids.ts';
import type { InstanceSummary, SeriesSummary, StudySummary } from '#src/case/study.ts';
import { never } from './faults.ts';

interface Attribute {
  readonly vr?: string;
  readonly Value?: readonly unknown[];
}
/** One data set: eight-digit tags to attributes. */
export type JsonDataset = Readonly<Record<string, Attribute | undefined>>;

/** What stands under a tag. An attribute in another form than the model's (F.2) would be read as "not there": it is a fault that names the tag. */
function valuesOf(dataset: JsonDataset | undefined, tag: string): readonly unknown[] {
  const attribute: unknown = dataset?.[tag];
  if (attribute === undefined || attribute === null) return [];
  const values: unknown = typeof attribute === 'object' && !Array.isArray(attribute) ? (attribute as Attribute).Value : 'no attribute';
  if (values === undefined || values === null) return [];
  if (!Array.isArray(values)) throw malformed(tag);
  return values;
}

function malformed(tag: string): Error {
  return never('DICOMWEB_REFUSED', 'parse', `the archive gives (${tag.slice(0, 4)},${tag.slice(4)}) in a form that is not DICOM JSON`);
}

export function texts(dataset: JsonDataset | undefined, tag: string): string[] {
  return valuesOf(dataset, tag).map((value) => {
    if (value === null) return '';
    if (typeof value === 'string') return value.trim();
    if (typeof value === 'number') return String(value);
    if (typeof value !== 'object' || Array.isArray(value)) throw malformed(tag);
    const { Alphabetic: name = '' } = value as { readonly Alphabetic?: unknown };
    if (typeof name !== 'string') throw malformed(tag);
    return name.trim();
  });
}

export function text(dataset: JsonDataset | undefined, tag: string): string {
  return texts(dataset, tag)[0] ?? '';
}

function numbers(dataset: JsonDataset | undefined, tag: string): number[] | null {
  const values = texts(dataset, tag).map((value) => (value === '' ? Number.NaN : Number(value)));
  return values.length > 0 && values.every(Number.isFinite) ? values : null;
}

export function number(dataset: JsonDataset | undefined, tag: string): number | null {
  return numbers(dataset, tag)?.[0] ?? null;
}

function item(dataset: JsonDataset | undefined, tag: string): JsonDataset | undefined {
  const first = valuesOf(dataset, tag)[0] ?? undefined;
  if (first !== undefined && (typeof first !== 'object' || Array.isArray(first))) throw malformed(tag);
  return first as JsonDataset | undefined;
}

/** The list of data sets in an answer; anything else is a fault of the archive. */
export function datasets(answer: unknown): JsonDataset[] {
  if (!Array.isArray(answer) || answer.some((entry) => typeof entry !== 'object' || entry === null || Array.isArray(entry)))
    throw never('DICOMWEB_REFUSED', 'parse', 'the archive’s answer is not a list of DICOM JSON data sets');
  return answer as JsonDataset[];
}

function uid(dataset: JsonDataset, tag: string, name: string) {
  const valid = dicomUid(text(dataset, tag));
  if (!valid) throw never('DICOMWEB_INVALID_UID', 'parse', `the archive gives an empty or invalid ${name}`);
  return valid;
}

function date(da: string): string | null {
  const found = /^(\d{4})\.?(\d{2})\.?(\d{2})$/.exec(da);
  return found ? `${found[1]}-${found[2]}-${found[3]}` : null;
}

export function toStudy(dataset: JsonDataset): StudySummary {
  return {
    studyInstanceUid: uid(dataset, '0020000D', 'StudyInstanceUID'),
    accession: text(dataset, '00080050'),
    patientId: text(dataset, '00100020'),
    issuerOfPatientId: text(dataset, '00100021') || null,
    studyDate: date(text(dataset, '00080020')),
    modalities: texts(dataset, '00080061').filter((entry) => entry !== ''),
    description: text(dataset, '00081030'),
    instanceCount: number(dataset, '00201208'),
  };
}

/** `found` is the QIDO row of the series, `metadata` the headers of its instances (empty for series that are not pictures). */
export function toSeries(found: JsonDataset, metadata: readonly JsonDataset[]): SeriesSummary {
  const first = metadata[0];
  const either = (tag: string) => text(first, tag) || text(found, tag);
  const count = number(found, '00201209');
  return {
    seriesInstanceUid: uid(found, '0020000E', 'SeriesInstanceUID'),
    modality: either('00080060'),
    seriesNumber: number(first, '00200011') ?? number(found, '00200011'),
    description: either('0008103E'),
    bodyPart: either('00180015'),
    kernel: texts(first, '00181210').filter((entry) => entry !== ''),
    kvp: number(first, '00180060'),
    contrastAgent: text(first, '00180010') || null,
    manufacturer: either('00080070'),
    model: either('00081090'),
    sequenceName: text(first, '00180024') || text(first, '00189005'),
    echoTimeMs: number(first, '00180081'),
    repetitionTimeMs: number(first, '00180080'),
    instanceCount: count,
    instances: metadata.map(toInstance),
  };
}

export function toInstance(dataset: JsonDataset): InstanceSummary {
  const shared = item(dataset, '52009229');
  const frame = item(dataset, '52009230');
  const group = (sequence: string) => item(frame, sequence) ?? item(shared, sequence);
  const measures = group('00289110');
  return {
    sopInstanceUid: uid(dataset, '00080018', 'SOPInstanceUID'),
    sopClassUid: text(dataset, '00080016'),
    instanceNumber: number(dataset, '00200013'),
    imageType: texts(dataset, '00080008'),
    imagePosition: numbers(dataset, '00200032') ?? numbers(group('00209113'), '00200032'),
    imageOrientation: numbers(dataset, '00200037') ?? numbers(group('00209116'), '00200037'),
    pixelSpacing: numbers(dataset, '00280030') ?? numbers(measures, '00280030'),
    imagerPixelSpacing: numbers(dataset, '00181164'),
    sliceThickness: number(dataset, '00180050') ?? number(measures, '00180050'),
    rows: number(dataset, '00280010') ?? 0,
    columns: number(dataset, '00280011') ?? 0,
    numberOfFrames: number(dataset, '00280008') ?? 1,
    acquisitionNumber: number(dataset, '00200012'),
    contentTime: text(dataset, '00080033') || null,
    viewPosition: text(dataset, '00185101') || null,
    patientOrientation: texts(dataset, '00200020').length > 0 ? texts(dataset, '00200020') : null,
  };
}
