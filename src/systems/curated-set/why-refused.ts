/** Images that may carry a name in their pixels, or that are no picture of a patient: a curated set never takes them. */
import type { DataSet } from 'dicom-parser';

export interface Refusal {
  readonly ok: false;
  readonly because:
    | 'burned-in-annotation'
    | 'secondary-capture'
    | 'screen-save'
    | 'not-a-primary-picture'
    | 'overlay-in-pixels'
    | 'big-endian'
    | 'not-dicom'
    | 'no-pixels';
}

/** CT, enhanced CT, legacy converted CT, MR, enhanced MR, CR, DX for presentation and for processing, RF. */
const PICTURES: ReadonlySet<string> = new Set([
  '1.2.840.10008.5.1.4.1.1.2',
  '1.2.840.10008.5.1.4.1.1.2.1',
  '1.2.840.10008.5.1.4.1.1.2.2',
  '1.2.840.10008.5.1.4.1.1.4',
  '1.2.840.10008.5.1.4.1.1.4.1',
  '1.2.840.10008.5.1.4.1.1.1',
  '1.2.840.10008.5.1.4.1.1.1.1',
  '1.2.840.10008.5.1.4.1.1.1.1.1',
  '1.2.840.10008.5.1.4.1.1.12.2',
]);

/** Null when the file may go on. */
export function whyRefused(dataset: DataSet): Refusal | null {
  const text = (tag: string): string => (dataset.string(tag) ?? '').replace(/\0/g, '').trim().toUpperCase();
  const imageType = text('x00080008').split('\\');
  if (text('x00280301') === 'YES') return { ok: false, because: 'burned-in-annotation' };
  // Conversion Type (0008,0064) stands in CR too, where it says DI; anything else was captured, scanned or drawn.
  const isCaptured = dataset.elements['x00080064'] !== undefined && !['', 'DI', 'DF', 'SI'].includes(text('x00080064'));
  if (text('x00080016').startsWith('1.2.840.10008.5.1.4.1.1.7') || isCaptured || text('x00080060') === 'OT')
    return { ok: false, because: 'secondary-capture' };
  if (imageType.some((word) => /SCREEN|CAPTURE|PATIENT PROTOCOL|DOSE|SAVE/.test(word))) return { ok: false, because: 'screen-save' };
  if (!PICTURES.has(text('x00080016'))) return { ok: false, because: 'not-a-primary-picture' };
  if (hasEmbeddedOverlay(dataset)) return { ok: false, because: 'overlay-in-pixels' };
  return null;
}

/** Overlays of old scanners stand in the unused high bits of the pixels: Overlay Bit Position (60xx,0102) above 0 without Overlay Data (60xx,3000). */
function hasEmbeddedOverlay(dataset: DataSet): boolean {
  return Object.keys(dataset.elements).some((tag) => /^x60[0-9a-f]{2}0102$/.test(tag) && dataset.elements[`${tag.slice(0, 5)}3000`] === undefined);
}
