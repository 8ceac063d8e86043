/** Rung c for X-ray: the phantom is projected (line integrals through the whole body), written as a DICOM image, read, assembled and measured as the server does it. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SeriesChoice } from '#src/case/study.ts';
import type { Vertebra } from '#src/case/vertebra.ts';
import type { Picture } from '#src/case/volume.ts';
import { assemblePicture } from '#src/measure/assemble-picture.ts';
import type { FractureModel } from '#src/ports.ts';
import { gradeStudy } from '#src/rules/grade-study.ts';
import { instanceToSlices } from '#src/systems/dicomweb/instance-to-slices.ts';
import { makeXrayPhantom, type XrayPhantom } from '#test/hospital/phantom/make-xray-phantom.ts';
import type { PhantomLevel, PhantomParameters } from '#test/hospital/phantom/parameters.ts';
import { writeDicomXray } from '#test/hospital/phantom/write-xray.ts';
import { type ScoredScan, sayScan, scoreScans } from './score-bodies.ts';

interface XrayCase extends PhantomParameters {
  readonly name: string;
  readonly spacing: 'imager' | 'none';
  readonly photometric?: 'MONOCHROME1';
}

const broken = (level: PhantomLevel, shape: 'wedge' | 'biconcave' | 'crush', lossPercent: number) => ({ level, shape, lossPercent });
const XRAYS: readonly XrayCase[] = [
  { name: 'lumbar, woman, L1 wedge', seed: 41, sex: 'female', from: 'T10', to: 'S3', fractures: [broken('L1', 'wedge', 38)], spacing: 'imager' },
  { name: 'lumbar, man, intact', seed: 42, sex: 'male', bodyScale: 1.06, from: 'T11', to: 'S3', spacing: 'imager' },
  { name: 'thoracic, woman, T8 wedge', seed: 43, sex: 'female', from: 'T3', to: 'L2', fractures: [broken('T8', 'wedge', 40)], spacing: 'imager' },
  {
    name: 'lumbar, dark bone, no millimetres, L3 biconcave',
    seed: 44,
    sex: 'female',
    from: 'T10',
    to: 'S3',
    fractures: [broken('L3', 'biconcave', 40)],
    spacing: 'none',
    photometric: 'MONOCHROME1',
  },
  {
    name: 'thoracolumbar, scoliosis, T12 crush',
    seed: 45,
    sex: 'female',
    scoliosisMm: 12,
    from: 'T7',
    to: 'L4',
    fractures: [broken('T12', 'crush', 42)],
    spacing: 'imager',
  },
];

async function throughDicom(phantom: XrayPhantom, { spacing, photometric, sex }: XrayCase): Promise<Picture> {
  const folder = await mkdtemp(join(tmpdir(), 'rung-xray-'));
  try {
    const options = {
      patient: { id: 'RUNG-C', name: 'Phantom^Xray', birthDate: '19500101', sex: sex === 'female' ? ('F' as const) : ('M' as const) },
      study: { studyInstanceUid: '2.25.41', accession: 'RUNGC', date: '20260101', time: '120000', description: 'Spine lateral' },
      series: { number: 1, description: 'Spine lateral', bodyPart: 'SPINE' },
      transferSyntax: 'explicit-le' as const,
      spacing,
      ...(photometric ? { photometric } : {}),
    };
    const file = await writeDicomXray(phantom.picture, options, folder);
    const [slice] = await instanceToSlices(await readFile(join(folder, file.name)), { maxDecodedBytes: 1e9 });
    const assembled = assemblePicture(slice!, 'CR');
    if (!assembled.ok) throw new Error(assembled.text);
    return assembled.picture;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measureFilm(model: FractureModel, picture: Picture, sex: 'female' | 'male'): Promise<readonly Vertebra[]> {
  const output = await model.measure({ kind: 'picture', picture }, new AbortController().signal);
  const choice = { modality: 'CR', kernel: [], kvp: null, contrast: false } as unknown as SeriesChoice;
  const context = {
    sex,
    choice,
    studyInstanceUid: '2.25.41',
    studyDate: null,
    models: model.identities(),
    executionProvider: model.executionProvider(),
    sliceSpacingMm: null,
  };
  return gradeStudy(output, context).vertebrae;
}

/**
 * The server's strip follows the spine, one row a fixed length along it, and begins at the film's upper edge; so does this path through the true
 * centres. Only places along it are compared: a film has no patient frame.
 */
function placesAlong({ truth, toPicture }: XrayPhantom): Map<string, number> {
  const points = truth.vertebrae.map((vertebra) => ({ level: vertebra.level, at: toPicture(vertebra.centreLps) })).sort((a, b) => a.at[1] - b.at[1]);
  const slant =
    points.length < 2
      ? 1
      : Math.hypot(points[1]!.at[0] - points[0]!.at[0], points[1]!.at[1] - points[0]!.at[1]) / (points[1]!.at[1] - points[0]!.at[1]);
  let along = (points[0]?.at[1] ?? 0) * slant;
  return new Map(
    points.map(({ level, at }, i) => {
      if (i > 0) along += Math.hypot(at[0] - points[i - 1]!.at[0], at[1] - points[i - 1]!.at[1]);
      return [level, along];
    }),
  );
}

/** Both paths agree up to a little stretch and shift: the best one within 10 % and 12 rows. */
function match(places: ReadonlyMap<string, number>, seen: readonly Vertebra[], rowsPerPixel: number): Map<string, Vertebra> {
  let best: { cost: number; pairs: Map<string, Vertebra> } = { cost: Infinity, pairs: new Map() };
  for (let stretch = 0.9; stretch <= 1.1001; stretch += 0.01) {
    for (let shift = -12; shift <= 12; shift++) {
      const pairs = new Map<string, Vertebra>();
      let cost = 0;
      for (const [level, along] of places) {
        const row = along * rowsPerPixel * stretch + shift;
        const near = seen.map((body) => ({ body, off: Math.abs(body.centrePicture[1] - row) })).sort((a, b) => a.off - b.off)[0];
        if (near && near.off < 8) pairs.set(level, near.body);
        cost += Math.min(8, near?.off ?? 8);
      }
      cost += 20 * Math.abs(stretch - 1) + 0.05 * Math.abs(shift);
      if (cost < best.cost) best = { cost, pairs };
    }
  }
  return best.pairs;
}

export async function measureXrays(model: FractureModel, few: boolean): Promise<object> {
  const scans: ScoredScan[] = [];
  for (const film of few ? XRAYS.slice(0, 1) : XRAYS) {
    const phantom = makeXrayPhantom(film);
    const seen = await measureFilm(model, await throughDicom(phantom, film), film.sex);
    // The strip's rows are anatomical millimetres; without millimetres the server tries sizes, and the stretch is not known.
    const { picture } = phantom;
    const rowsPerPixel = film.spacing === 'none' ? 400 / Math.max(picture.rows, picture.columns) : picture.spacingMm![0] / 1.15;
    const pairs = match(placesAlong(phantom), seen, rowsPerPixel);
    const whole = phantom.truth.vertebrae.filter((vertebra) => vertebra.wholeInView && vertebra.level !== 'L6');
    const used = new Set(pairs.values());
    scans.push({
      name: film.name,
      bodies: whole.map(({ level, lossPercent }) => ({ level, lossPercent, seen: pairs.get(level), errorsMm: [] })),
      invented: seen.filter((body) => body.state !== 'not_evaluable' && !used.has(body)).length,
    });
    sayScan('c xray', scans.at(-1)!);
  }
  return scoreScans(scans);
}
