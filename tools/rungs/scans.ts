/** The real scans of ../shared/data, with what is known of each: from its labels, or as read by eye and written here. */
import { join } from 'node:path';
import type { Level, PointLps } from '#src/case/vertebra.ts';
import type { Volume } from '#src/case/volume.ts';
import { applyAffine } from '#src/measure/affine.ts';
import { readNifti } from '#src/systems/labelled-data/read-nifti.ts';
import { readDicomFolder } from '../read-scan.ts';

export interface KnownBody {
  /** Its number in the label map. */
  readonly label: number;
  /** Null where the labels give no names. */
  readonly level: Level | null;
  readonly centreLps: PointLps;
  readonly whole: boolean;
}

export interface RealScan {
  readonly name: string;
  readonly volume: Volume;
  readonly sex: 'female' | 'male' | 'unknown';
  /** From the labels; null when there are none. */
  readonly bodies: readonly KnownBody[] | null;
  /** Levels that lie whole in view, by eye, where there are no labels. */
  readonly wholeByEye: readonly Level[] | null;
  /** Last rib or sacrum in view: then the names can be right. */
  readonly anchorInView: boolean;
  readonly labels: Volume | null;
}

/** Centres of labelled bodies; one that touches the first or last voxel plane is not whole. */
export function bodiesOf(labels: Volume, names: Readonly<Record<number, Level>> | null): KnownBody[] {
  const sums = new Map<number, { n: number; sum: [number, number, number]; touches: boolean }>();
  const size = [labels.columns, labels.rows, labels.slices];
  let at = 0;
  for (let k = 0; k < labels.slices; k++) {
    for (let j = 0; j < labels.rows; j++) {
      for (let i = 0; i < labels.columns; i++) {
        const label = Math.round(labels.values[at++]!);
        if (label <= 0 || (names && !names[label])) continue;
        const entry = sums.get(label) ?? { n: 0, sum: [0, 0, 0], touches: false };
        const place = applyAffine(labels.affine, i, j, k);
        entry.n++;
        place.forEach((value, axis) => (entry.sum[axis as 0 | 1 | 2] += value));
        entry.touches ||= [i, j, k].some((index, axis) => index === 0 || index === size[axis]! - 1);
        sums.set(label, entry);
      }
    }
  }
  return [...sums].map(([label, { n, sum, touches }]) => ({
    label,
    level: names?.[label] ?? null,
    centreLps: [sum[0] / n, sum[1] / n, sum[2] / n],
    whole: !touches,
  }));
}

const TOTALSEG: Readonly<Record<number, Level>> = { 27: 'L5', 28: 'L4', 29: 'L3', 30: 'L2', 31: 'L1', 32: 'T12', 33: 'T11' };
const THORAX: readonly Level[] = ['T1', 'T2', 'T3', 'T4', 'T5', 'T6', 'T7', 'T8', 'T9', 'T10', 'T11', 'T12'];

export async function readCtScans(data: string): Promise<RealScan[]> {
  const chest = await readDicomFolder(join(data, 'lidc0314_thoracic_ct/dicom_jpegls'), 'CT');
  const lumbar = await readNifti(join(data, 'totalseg_lumbar_ct/example_ct.nii.gz'), 'CT');
  const bodyMask = await readNifti(join(data, 'totalseg_lumbar_ct/totalseg_vertebrae_body.nii.gz'), 'CT');
  const labels = await readNifti(join(data, 'totalseg_lumbar_ct/totalseg_vertebrae_labels.nii.gz'), 'CT');
  const inBody = { ...labels, values: labels.values.map((value, i) => (bodyMask.values[i]! > 0 ? value : 0)) } as Volume;
  return [
    { name: 'lidc0314_thoracic_ct', volume: chest, sex: 'female', bodies: null, wholeByEye: THORAX, anchorInView: true, labels: null },
    {
      name: 'totalseg_lumbar_ct (3 mm)',
      volume: lumbar,
      sex: 'unknown',
      bodies: bodiesOf(inBody, TOTALSEG),
      wholeByEye: null,
      anchorInView: true,
      labels: inBody,
    },
  ];
}

/** Sagittal MR with manual body labels: numbered, not named; the lowest may be S1, which is never measured. */
export async function readMrScans(data: string): Promise<RealScan[]> {
  const folder = join(data, 'fastcleverseg_lumbar_mri');
  const names = ['AKa4_TIRM', 'DzZ_T1_schmorl', 'S01_T2_listhesis', 'VB2_02_T2', 'VB2_13_T2', 'VB3_01'];
  const scans: RealScan[] = [];
  for (const name of names) {
    const volume = await readNifti(join(folder, `${name}.nii.gz`), 'MR');
    const labels = await readNifti(join(folder, `${name}_labels.nii.gz`), 'MR');
    scans.push({ name, volume, sex: 'unknown', bodies: bodiesOf(labels, null), wholeByEye: null, anchorInView: false, labels });
  }
  return scans;
}
