/** A spine of boxes as CT slices, and toy models of the contracts that take a whole volume: a segmentation that thresholds, a classifier that always says the same. */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dicomUid } from '#src/case/ids.ts';
import { LEVELS, type Level } from '#src/case/vertebra.ts';
import type { Slice } from '#src/case/volume.ts';
import { constantNetwork, node, onnxModel, tensor } from './toy-onnx.ts';

export const TOY_LEVELS: readonly Level[] = ['T11', 'T12', 'L1', 'L2', 'L3'];
const [HEIGHT, DISC, DEPTH, SIDE, STEP] = [26, 8, 32, 60, 1] as const;
const PITCH = HEIGHT + DISC;
const SLICES = TOY_LEVELS.length * PITCH + 2 * 18;
const BONE = 300;
const TISSUE = 40;

/** z (mm) of the lower end of a body; the first slice is the lowest. */
const bottomOf = (index: number): number => 18 + DISC / 2 + (TOY_LEVELS.length - 1 - index) * PITCH;

/** Share of bone in a voxel of height 1 at (y, z): the front of a wedged body is lower by `loss` percent. */
function boneShare(y: number, z: number, losses: Readonly<Partial<Record<Level, number>>>): number {
  if (Math.abs(y) > DEPTH / 2) return 0;
  for (const [index, level] of TOY_LEVELS.entries()) {
    const bottom = bottomOf(index);
    const top = bottom + HEIGHT * (1 - ((losses[level] ?? 0) / 100) * (0.5 - y / DEPTH));
    const share = Math.min(top, z + 0.5) - Math.max(bottom, z - 0.5);
    if (share > 0) return Math.min(1, share);
  }
  return 0;
}

export function boxSlices(losses: Readonly<Partial<Record<Level, number>>>): readonly Slice[] {
  return Array.from({ length: SLICES }, (_, z): Slice => {
    const values = new Int16Array(SIDE * SIDE);
    for (let row = 0; row < SIDE; row++) {
      const y = row - (SIDE - 1) / 2;
      for (let column = 0; column < SIDE; column++) {
        const x = column - (SIDE - 1) / 2;
        const share = Math.abs(x) <= 20 ? boneShare(y, z, losses) : 0;
        // Air beside the body, as on every CT.
        values[row * SIDE + column] = column < 6 ? -1000 : TISSUE + share * (BONE - TISSUE);
      }
    }
    return {
      sopInstanceUid: dicomUid(`2.25.77${z}`)!,
      rows: SIDE,
      columns: SIDE,
      values,
      position: [-(SIDE - 1) / 2, -(SIDE - 1) / 2, z],
      orientation: [1, 0, 0, 0, 1, 0],
      spacing: [STEP, STEP],
      spacingKind: 'patient',
      acquisitionNumber: 1,
      contentTime: null,
    };
  });
}

const GRID_Z = Math.ceil(SLICES / 16) * 16;

/** More of a network; its `extra` (one number, or as many as the volume) is added to the map. */
export interface Extra {
  readonly nodes: readonly Buffer[];
  readonly tensors: readonly Buffer[];
}

/** Bone above 170 HU is the body whose slab of the volume it lies in. Operators without attributes: Sub, Relu, Sign, Mul, Squeeze. */
export function thresholdNetwork(namedTooLow = 0, extra?: Extra): Buffer {
  const labels = new Float32Array(GRID_Z);
  for (const [index, level] of TOY_LEVELS.entries()) {
    const from = bottomOf(index) - DISC / 2;
    labels.fill(LEVELS.indexOf(level) + 1 + namedTooLow, Math.round(from), Math.round(from) + PITCH);
  }
  const nodes = [
    node('Sub', ['volume', 'threshold'], ['above']),
    node('Relu', ['above'], ['bone']),
    node('Sign', ['bone'], ['mask']),
    node('Mul', ['mask', 'labels'], ['labelled']),
    ...(extra ? [...extra.nodes, node('Add', ['labelled', 'extra'], ['whole'])] : []),
    node('Squeeze', [extra ? 'whole' : 'labelled', 'axis'], ['map']),
  ];
  const tensors = [
    tensor('threshold', [1], Float32Array.of(170)),
    tensor('labels', [1, 1, GRID_Z, 1, 1], labels),
    tensor('axis', [1], BigInt64Array.of(1n)),
  ];
  return onnxModel({
    nodes,
    tensors: [...tensors, ...(extra?.tensors ?? [])],
    input: { name: 'volume', shape: ['n', 1, GRID_Z, 'y', 'x'] },
    outputs: [{ name: 'map', shape: ['n', GRID_Z, 'y', 'x'] }],
  });
}

export interface WholeToy {
  readonly id: string;
  readonly contract: 'segmentation3d@1' | 'studyClassifier@1';
  readonly model: Buffer;
  readonly output: { readonly name: string; readonly role: string; readonly shape: readonly (number | string)[] };
  readonly calibration: Readonly<Record<string, unknown>>;
  /** Of the self-test: depth, rows and columns of its input, and the values that must come out (all the same). */
  readonly test: { readonly z: number; readonly outShape: readonly number[]; readonly value: number };
}

/** `namedTooLow`: how many levels every name is too far down. */
export const segmentationToy = (namedTooLow = 0): WholeToy => ({
  id: namedTooLow === 0 ? 'toy-segmentation' : 'toy-misnaming',
  contract: 'segmentation3d@1',
  model: thresholdNetwork(namedTooLow),
  output: { name: 'map', role: 'labelMap', shape: ['n', GRID_Z, 'y', 'x'] },
  calibration: { levelProbability: 0.95 },
  test: { z: GRID_Z, outShape: [1, GRID_Z, 4, 4], value: 0 },
});

export const classifierToy = (probability: number): WholeToy => ({
  id: 'toy-classifier',
  contract: 'studyClassifier@1',
  // The mean of a volume is added to the first value: weight 0 would not read the input, so it is scaled to nothing by normalisation.
  model: constantNetwork('volume', ['n', 1, 'z', 'y', 'x'], [{ name: 'p', role: 'probability', shape: [1], values: Float32Array.of(probability) }]),
  output: { name: 'p', role: 'probability', shape: ['n', 1] },
  calibration: { alert: { event: 'any vertebral fracture', pMin: 0.5 } },
  test: { z: 8, outShape: [1, 1], value: probability },
});

/** A model folder that is right in every way. Removed by the caller. */
export async function toyWholeFolder(toy: WholeToy, manifestChanges: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'backstop-toy-'));
  await mkdir(join(folder, 'self-test'));
  const { z, outShape, value } = toy.test;
  await writeFile(join(folder, 'model.onnx'), toy.model);
  await writeFile(join(folder, 'self-test', 'in.bin'), new Float32Array(z * 16));
  await writeFile(join(folder, 'self-test', 'out.bin'), new Float32Array(outShape.reduce((a, b) => a * b)).fill(value));
  const inputZ = toy.contract === 'segmentation3d@1' ? z : 'z';
  const manifest = {
    schema: 'vcf-model/1',
    id: toy.id,
    version: '0.0.1',
    contract: toy.contract,
    file: {
      path: 'model.onnx',
      sha256: createHash('sha256').update(toy.model).digest('hex'),
      bytes: toy.model.length,
      opset: 17,
      externalData: false,
    },
    applies: { modality: ['CT'] },
    inputs: [
      {
        name: 'volume',
        dtype: 'float32',
        layout: 'NCDHW',
        shape: ['n', 1, inputZ, 'y', 'x'],
        space: { frame: 'patient', axes: ['z:superior', 'y:posterior', 'x:left'], spacingMm: { mode: 'fixed', mm: 1 } },
        normalize: toy.contract === 'studyClassifier@1' ? [{ op: 'rescale', from: [-1e9, 1e9], to: [-1e-6, 1e-6] }] : [],
      },
    ],
    outputs: [toy.output],
    calibration: toy.calibration,
    selfTest: [
      {
        inputs: { volume: { path: 'self-test/in.bin', shape: [1, 1, z, 4, 4] } },
        outputs: { [toy.output.name]: { path: 'self-test/out.bin', shape: outShape } },
        tolerance: 0.01,
      },
    ],
    card: { trainedOn: 'nothing: a toy of the tests', clinicalData: false, intendedUse: 'tests' },
    license: 'Apache-2.0',
    regulatory: { status: 'research-only' },
    ...manifestChanges,
  };
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest));
  return folder;
}
