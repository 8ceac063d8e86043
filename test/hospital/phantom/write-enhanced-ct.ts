/** Writes a phantom as one Enhanced CT multi-frame instance (PS3.3 A.38): positions and rescale per frame, an empty offset table when compressed. */
import type { Volume } from '#src/case/volume.ts';
import { commonElements, decimal, pixelDescription, pixelEncoder } from './common-elements.ts';
import { dicomPart10, type Element } from './dicom-part10.ts';
import { dicomUidFrom } from './dicom-uid-from.ts';
import { planesOf } from './planes.ts';
import type { DicomFile, SeriesOptions } from './series-options.ts';

const ENHANCED_CT_IMAGE = '1.2.840.10008.5.1.4.1.1.2.1';

/** Frames run from the head down. With the fault `per-slice-rescale` each frame has its own intercept. */
export async function dicomEnhancedCt(volume: Volume, options: SeriesOptions): Promise<DicomFile> {
  const faults = new Set(options.faults);
  const { study, series } = options;
  const { columns, rows } = volume;
  const uid = dicomUidFrom(`${study.studyInstanceUid} series ${series.number} enhanced`);
  const planes = planesOf(volume, faults).reverse();
  const intercepts = planes.map((_, index) => -1024 - (faults.has('per-slice-rescale') ? 4 * (index % 3) : 0));
  const frames = planes.map((plane, index) => new Uint8Array(Int16Array.from(plane.values, (hu) => hu - (intercepts[index] ?? 0)).buffer));
  const encode = await pixelEncoder(options.transferSyntax);
  const encoded = frames.map((frame) => encode(frame, columns, rows, 13)[2]);
  const fragments = encoded.flatMap((value) => (typeof value === 'object' && 'fragments' in value ? value.fragments : []));
  const pixels: Element = fragments.length > 0 ? ['7FE00010', 'OB', { fragments }] : ['7FE00010', 'OW', Buffer.concat(frames)];
  const perFrame = planes.map((plane, index): Element[] => [
    ['00209113', 'SQ', { items: [[['00200032', 'DS', plane.origin.map(decimal)]]] }],
    ['00289145', 'SQ', { items: [rescale(intercepts[index] ?? 0)] }],
  ]);
  const first = planes[0];
  const shared: Element[] = [
    ['00209116', 'SQ', { items: [[['00200037', 'DS', [...(first?.row ?? []), ...(first?.column ?? [])].map(decimal)]]] }],
    ['00289110', 'SQ', { items: [measures(volume)] }],
  ];
  const elements: Element[] = [
    ...commonElements(options, 'CT', uid, faults),
    ['00080008', 'CS', ['ORIGINAL', 'PRIMARY', 'VOLUME', 'NONE']],
    ['00080016', 'UI', ENHANCED_CT_IMAGE],
    ['00080023', 'DA', study.date],
    ['00080033', 'TM', study.time],
    ['00200013', 'IS', 1],
    ['00280002', 'US', 1],
    ['00280004', 'CS', 'MONOCHROME2'],
    ['00280008', 'IS', planes.length],
    ['00280010', 'US', rows],
    ['00280011', 'US', columns],
    ...pixelDescription(13, false),
    ['52009229', 'SQ', { items: [shared] }],
    ['52009230', 'SQ', { items: perFrame }],
    pixels,
  ];
  return {
    name: `${String(series.number).padStart(2, '0')}-enhanced.dcm`,
    sopInstanceUid: uid,
    bytes: dicomPart10(elements, options.transferSyntax),
  };
}

function rescale(intercept: number): Element[] {
  return [
    ['00281052', 'DS', decimal(intercept)],
    ['00281053', 'DS', '1'],
    ['00281054', 'LO', 'HU'],
  ];
}

function measures(volume: Volume): Element[] {
  const mm = Math.abs(volume.affine[0] ?? 1);
  return [
    ['00180050', 'DS', decimal(volume.sliceSpacingMm)],
    ['00280030', 'DS', [decimal(mm), decimal(mm)]],
  ];
}
