/** One DICOM file to slices in modality values: rescale per frame, padding set apart, MONOCHROME1 inverted once (PS3.3 C.11.1, C.7.5.1.1.2). */
import type { Slice } from '#src/case/volume.ts';
import { decodeFrame, rleToHu, type WordMeaning, withFrameWords } from './decode-frame.ts';
import { type FrameFacts, type InstanceFacts, type InstanceLimits, readInstance } from './read-instance.ts';
import { tableOf, throughTable } from './value-table.ts';
import { huAddition, wordsToHu } from './words-to-hu.ts';

/** Air, and the floor of every CT value: padding and out-of-circle pixels go below it. */
const CT_FLOOR_HU = -1024;
const INT16_MAX = 32_767;

/** Memory for the values of a picture of so many pixels, or undefined: it then gets memory of its own. Asked once, before a single frame is decoded. */
export type PlaceOf = (pixels: number, facts: InstanceFacts) => Int16Array | undefined;

/** Frames of the file in file order. `placeOf` is asked for the whole Hounsfield units of a single frame. Throws GiveUp with a DICOMWEB_ code. */
export async function instanceToSlices(bytes: Uint8Array, limits: InstanceLimits, placeOf?: PlaceOf): Promise<Slice[]> {
  const facts = readInstance(bytes, limits);
  const place = facts.frames.length === 1 ? placeOf?.(facts.rows * facts.columns, facts) : undefined;
  const slices: Slice[] = [];
  for (const [index, frame] of facts.frames.entries()) {
    slices.push({
      sopInstanceUid: facts.sopInstanceUid,
      rows: facts.rows,
      columns: facts.columns,
      values: facts.modality === 'CT' ? await huOf(facts, index, place) : toSignal(await decodeFrame(facts, index), facts, frame),
      position: frame.position,
      orientation: frame.orientation,
      spacing: frame.spacing,
      spacingKind: frame.spacingKind,
      acquisitionNumber: frame.acquisitionNumber,
      contentTime: frame.contentTime,
      patientOrientation: facts.patientOrientation,
    });
  }
  return slices;
}

function isPadding(facts: InstanceFacts): (stored: number) => boolean {
  const range = facts.padding;
  return range ? (stored) => stored >= range[0] && stored <= range[1] : () => false;
}

/** Hounsfield units. Whole numbers stay 16 bit; a fractional slope or intercept makes floats. */
async function huOf(facts: InstanceFacts, index: number, place: Int16Array | undefined): Promise<Int16Array | Float32Array> {
  const frame = facts.frames[index]!;
  const table = <T extends Int16Array | Float32Array>(word: WordMeaning, Kind: new (length: number) => T) =>
    tableOf(word, huName(facts, frame), huOfWord(word, facts, frame), Kind);
  const count = facts.rows * facts.columns;
  const isWhole = Number.isInteger(frame.slope) && Number.isInteger(frame.intercept);
  const ours = () => place ?? new Int16Array(count);
  const additionOf = (word: WordMeaning) => (word.isPlain ? huAddition({ ...facts, ...frame }) : null);
  const unpacked = isWhole ? rleToHu(facts, index, { table: (word) => table(word, Int16Array), addition: additionOf }, ours) : undefined;
  if (unpacked) return unpacked;
  return withFrameWords(facts, index, (words) => {
    if (!isWhole) return throughTable(words.words, table(words, Float32Array), new Float32Array(count));
    const out = ours();
    const addition = additionOf(words);
    if (addition && words.words instanceof Uint16Array && wordsToHu(words.words, out, addition)) return out;
    return throughTable(words.words, table(words, Int16Array), out);
  });
}

function huName(facts: InstanceFacts, { slope, intercept }: FrameFacts): string {
  return `HU ${slope} ${intercept} ${facts.padding?.join(' ') ?? 'no padding'}`;
}

function huOfWord({ valueOf }: WordMeaning, facts: InstanceFacts, { slope, intercept }: FrameFacts): (word: number) => number {
  const isPad = isPadding(facts);
  return (word) => {
    const value = valueOf(word);
    const hu = isPad(value) ? CT_FLOOR_HU : value * slope + intercept;
    return Math.min(INT16_MAX, Math.max(CT_FLOOR_HU, hu));
  };
}

/** Modality values of a projection or MR picture; padding becomes the darkest value that is picture. */
function toSignal(stored: Int32Array, facts: InstanceFacts, frame: FrameFacts): Float32Array {
  const out = new Float32Array(stored.length);
  const isPad = isPadding(facts);
  const modality = modalityFunction(facts, frame);
  const [low, high] = outputRange(facts, modality);
  let darkest = Number.POSITIVE_INFINITY;
  const count = stored.length;
  for (let index = 0; index < count; index += 1) {
    if (isPad(stored[index]!)) continue;
    const value = modality(stored[index]!);
    const shown = facts.isMonochrome1 ? low + high - value : value;
    out[index] = shown;
    if (shown < darkest) darkest = shown;
  }
  if (facts.padding) for (let index = 0; index < count; index += 1) if (isPad(stored[index]!)) out[index] = Number.isFinite(darkest) ? darkest : 0;
  return out;
}

function modalityFunction(facts: InstanceFacts, frame: FrameFacts): (stored: number) => number {
  const lut = facts.modalityLut;
  if (!lut) return (stored) => stored * frame.slope + frame.intercept;
  const last = lut.values.length - 1;
  return (stored) => lut.values[Math.min(last, Math.max(0, stored - lut.first))]!;
}

/** Lowest and highest value the stored range can become: the axis about which MONOCHROME1 is turned. */
function outputRange(facts: InstanceFacts, modality: (stored: number) => number): [number, number] {
  const span = 2 ** facts.bitsStored;
  const ends = facts.signed ? [modality(-span / 2), modality(span / 2 - 1)] : [modality(0), modality(span - 1)];
  return [Math.min(...ends), Math.max(...ends)];
}
