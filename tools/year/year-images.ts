/** Phantom CT studies for the reports of a made year that have images: what an archive would hold of them, with all that a real header says of a person. */
import { join } from 'node:path';
import { LEVELS } from '#src/case/vertebra.ts';
import type { Volume } from '#src/case/volume.ts';
import { makePhantom } from '#test/hospital/phantom/make-phantom.ts';
import type { PhantomLevel } from '#test/hospital/phantom/parameters.ts';
import { randomStream } from '#test/hospital/phantom/random.ts';
import { writeDicomSeries } from '#test/hospital/phantom/write-dicom.ts';
import { dicomPatient } from '../samples/people.ts';
import type { YearTruth } from './year-options.ts';

export interface YearImageSize {
  readonly columns: number;
  readonly pixelMm: number;
  readonly sliceMm: number;
  /** Number of slices of a picture of nothing: for tests of what happens to the headers. */
  readonly blank?: number;
}

/** `blank` shows nothing and is made at once, `small` shows a spine that no model can read, the model wants `full`. */
export const YEAR_IMAGE_SIZES: Readonly<Record<'blank' | 'small' | 'full', YearImageSize>> = {
  blank: { columns: 8, pixelMm: 20, sliceMm: 5, blank: 12 },
  small: { columns: 24, pixelMm: 7, sliceMm: 5 },
  full: { columns: 150, pixelMm: 1.1, sliceMm: 1.5 },
};

/** One series in `folder`/accession; the folder's name. */
export async function writeYearImages(truth: YearTruth, folder: string, size: YearImageSize): Promise<string> {
  const volume = size.blank === undefined ? phantomOf(truth, size) : blankVolume(truth.n, size, size.blank);
  const target = join(folder, truth.accession);
  await writeDicomSeries(
    volume,
    {
      patient: { ...dicomPatient(truth.person), issuer: truth.site.authority },
      study: {
        studyInstanceUid: truth.studyInstanceUid,
        accession: truth.accession,
        date: truth.examinedAt.slice(0, 10).replaceAll('-', ''),
        time: truth.examinedAt.slice(11, 19).replaceAll(':', ''),
        description: `${truth.procedure.text} ${truth.person.family}`,
        referrer: 'Marsh^Helen',
      },
      series: {
        number: 2,
        description: `${truth.procedure.text} 1.5 mm`,
        bodyPart: truth.bodyPart,
        kernel: 'B30f',
        manufacturer: truth.scanner.manufacturer,
        model: truth.scanner.model,
      },
      transferSyntax: truth.n % 2 === 0 ? 'explicit-le' : 'implicit-le',
      more: identifying(truth),
    },
    target,
  );
  return target;
}

function phantomOf(truth: YearTruth, { columns, pixelMm, sliceMm }: YearImageSize): Volume {
  return makePhantom({
    seed: truth.n + 1,
    sex: truth.person.sex,
    ...viewOf(truth),
    columns,
    rows: columns,
    pixelMm,
    sliceMm,
    noiseHu: 6.5,
    trabecularHu: 90,
    fractures: truth.fractures.map(({ level, lossPercent }) => ({ level, shape: 'wedge', lossPercent })),
  }).volume;
}

function blankVolume(seed: number, { columns, pixelMm, sliceMm }: YearImageSize, slices: number): Volume {
  const random = randomStream(seed);
  const values = Int16Array.from({ length: columns * columns * slices }, () => Math.round(200 * random()) - 100);
  const affine = [pixelMm, 0, 0, 0, 0, pixelMm, 0, 0, 0, 0, sliceMm, 0];
  return { columns, rows: columns, slices, values, affine, modality: 'CT', quantity: 'HU', sliceSpacingMm: sliceMm, notes: [] };
}

/** The field of view of the examination, made so much smaller around the fractures that a phantom is painted quickly. */
function viewOf(truth: YearTruth): { from: PhantomLevel; to: PhantomLevel } {
  const [from, to] = truth.view;
  const broken = truth.fractures.map((one) => LEVELS.indexOf(one.level));
  const low = Math.max(LEVELS.indexOf(from), Math.min(...broken, LEVELS.indexOf('T10')) - 1);
  const high = Math.min(LEVELS.indexOf(to), Math.max(...broken, LEVELS.indexOf('L1')) + 1);
  return { from: LEVELS[low] ?? from, to: LEVELS[high] ?? to };
}

/** What names a person in the header beside the usual: address, institution, operators, a private element, a sequence with names and UIDs in it. */
function identifying(truth: YearTruth) {
  const uid = `${truth.studyInstanceUid}.77`.slice(0, 64);
  return [
    ['00080080', 'LO', `${truth.site.authority} General Hospital`],
    ['00080081', 'ST', '1 Hospital Road, Ashmore'],
    ['00081010', 'SH', 'CTROOM2'],
    ['00081070', 'PN', 'Operatrix^Olga'],
    [
      '00081110',
      'SQ',
      {
        items: [
          [
            ['00081150', 'UI', '1.2.840.10008.3.1.2.3.1'],
            ['00081155', 'UI', uid],
          ],
        ],
      },
    ],
    ['00091010', 'LO', `PRIVATE ${truth.person.family}`],
    ['00090010', 'LO', 'INVENTED PRIVATE'],
    ['00101010', 'AS', `${String(truth.ageYears).padStart(3, '0')}Y`],
    ['00101040', 'LO', truth.address],
    ['001021B0', 'LT', `Known to Dr Marsh. ${truth.person.given} fell in the garden.`],
    [
      '00400275',
      'SQ',
      {
        items: [
          [
            ['00400007', 'LO', `CT for ${truth.person.family}`],
            ['00401001', 'SH', truth.accession],
          ],
        ],
      },
    ],
    ['00204000', 'LT', `Scan of ${truth.person.family}, ${truth.person.given}`],
  ] as const;
}
