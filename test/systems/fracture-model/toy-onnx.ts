/** Writes tiny ONNX files (protobuf by hand), so that tests can have a network that answers, lies, hangs or eats memory. */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const varint = (value: number): number[] => (value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))]);
const bytes = (field: number, content: Uint8Array | readonly number[]): Buffer =>
  Buffer.concat([Buffer.from(varint(field * 8 + 2)), Buffer.from(varint(content.length)), Buffer.from(content)]);
const text = (field: number, content: string): Buffer => bytes(field, Buffer.from(content));
const int = (field: number, value: number): Buffer => Buffer.from([...varint(field * 8), ...varint(value)]);

/** TensorProto: dims 1, data_type 2 (1 float, 7 int64), name 8, raw_data 9. */
export function tensor(name: string, dims: readonly number[], values: Float32Array | BigInt64Array): Buffer {
  const type = values instanceof Float32Array ? 1 : 7;
  const raw = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  return Buffer.concat([...dims.map((dim) => int(1, dim)), int(2, type), text(8, name), bytes(9, raw)]);
}

/** NodeProto without attributes: input 1, output 2, op_type 4, domain 7. */
export function node(operator: string, inputs: readonly string[], outputs: readonly string[], domain = ''): Buffer {
  const parts = [...inputs.map((name) => text(1, name)), ...outputs.map((name) => text(2, name)), text(4, operator)];
  return Buffer.concat(domain ? [...parts, text(7, domain)] : parts);
}

/** ValueInfoProto of a float tensor; letters are free dimensions. */
function valueInfo(name: string, shape: readonly (number | string)[]): Buffer {
  const dims = shape.map((dim) => bytes(1, typeof dim === 'number' ? int(1, dim) : text(2, dim)));
  return Buffer.concat([text(1, name), bytes(2, bytes(1, Buffer.concat([int(1, 1), bytes(2, Buffer.concat(dims))])))]);
}

export interface ToyGraph {
  readonly nodes: readonly Buffer[];
  readonly tensors: readonly Buffer[];
  readonly input: { readonly name: string; readonly shape: readonly (number | string)[] };
  readonly outputs: readonly { readonly name: string; readonly shape: readonly (number | string)[] }[];
  readonly opset?: number;
  readonly domains?: readonly string[];
}

/** ModelProto: ir_version 1, graph 7, opset_import 8. GraphProto: node 1, name 2, initializer 5, input 11, output 12. */
export function onnxModel(graph: ToyGraph): Buffer {
  const body = Buffer.concat([
    ...graph.nodes.map((each) => bytes(1, each)),
    text(2, 'toy'),
    ...graph.tensors.map((each) => bytes(5, each)),
    bytes(11, valueInfo(graph.input.name, graph.input.shape)),
    ...graph.outputs.map(({ name, shape }) => bytes(12, valueInfo(name, shape))),
  ]);
  const opsets = [int(2, graph.opset ?? 17), ...(graph.domains ?? []).map((domain) => Buffer.concat([text(1, domain), int(2, 1)]))];
  return Buffer.concat([int(1, 8), bytes(7, body), ...opsets.map((each) => bytes(8, each))]);
}

export interface ToyOutput {
  readonly name: string;
  readonly role: string;
  /** Without the batch dimension. */
  readonly shape: readonly number[];
  /** The constant answer; the mean of the input times 1 is added to the first value. */
  readonly values: Float32Array;
}

/** A network that answers constants (plus the input's mean in the first value, so that it really reads its input). */
export function constantNetwork(inputName: string, inputShape: readonly (number | string)[], outputs: readonly ToyOutput[]): Buffer {
  const ints = (name: string, values: readonly number[]): Buffer => tensor(name, [values.length], BigInt64Array.from(values, BigInt));
  const nodes = [node('GlobalAveragePool', [inputName], ['pooled']), node('Reshape', ['pooled', 'rowShape'], ['mean'])];
  const tensors = [ints('rowShape', [0, -1])];
  for (const { name, shape, values } of outputs) {
    const weights = new Float32Array(values.length * Number(inputShape[1]));
    weights[0] = 1;
    tensors.push(
      tensor(`${name}W`, [Number(inputShape[1]), values.length], weights),
      tensor(`${name}B`, [values.length], values),
      ints(`${name}S`, [0, ...shape]),
    );
    nodes.push(
      node('MatMul', ['mean', `${name}W`], [`${name}1`]),
      node('Add', [`${name}1`, `${name}B`], [`${name}2`]),
      node('Reshape', [`${name}2`, `${name}S`], [name]),
    );
  }
  return onnxModel({
    nodes,
    tensors,
    input: { name: inputName, shape: inputShape },
    outputs: outputs.map(({ name, shape }) => ({ name, shape: ['n', ...shape] })),
  });
}

/** Grows a large matrix from the input and multiplies it with itself `times` times: minutes of work. */
export function slowNetwork(side: number, times: number): Buffer {
  const nodes = [node('ReduceMean', ['image'], ['mean']), node('Reshape', ['mean', 'one'], ['m']), node('Expand', ['m', 'big'], ['x0'])];
  for (let i = 0; i < times; i++) nodes.push(node('MatMul', [`x${i}`, `x${i}`], [`x${i + 1}`]));
  nodes.push(node('ReduceMean', [`x${times}`], ['xy']));
  const tensors = [tensor('one', [2], BigInt64Array.of(1n, 1n)), tensor('big', [2], BigInt64Array.of(BigInt(side), BigInt(side)))];
  return onnxModel({ nodes, tensors, input: { name: 'image', shape: ['n', 1, 64, 64] }, outputs: [{ name: 'xy', shape: [1, 1] }] });
}

const LANDMARK_POINTS = ['AS', 'S1', 'MS', 'S3', 'PS', 'AI', 'I1', 'MI', 'I3', 'PI'];

/** A body drawn into the patch: 30 pixels deep, 24 high, flat endplates. */
export const TOY_POINTS = Float32Array.from([
  ...[0, 1, 2, 3, 4].flatMap((i) => [16.5 + 7.5 * i, 19.5]),
  ...[0, 1, 2, 3, 4].flatMap((i) => [16.5 + 7.5 * i, 43.5]),
]);

export const LANDMARK_OUTPUTS: readonly ToyOutput[] = [
  { name: 'xy', role: 'landmarks', shape: [10, 2], values: TOY_POINTS },
  { name: 'sigma', role: 'sigma', shape: [10], values: new Float32Array(10).fill(0.6) },
  { name: 'quality', role: 'qualityLogit', shape: [1], values: Float32Array.of(3) },
];

export interface FolderChanges {
  /** Merged over the manifest, deep enough for tests. */
  readonly manifest?: Readonly<Record<string, unknown>>;
  readonly model?: Buffer;
  readonly file?: Readonly<Record<string, unknown>>;
  readonly outputs?: readonly ToyOutput[];
  /** What the self-test expects; default: the truth. */
  readonly expected?: Float32Array;
}

/** A landmark model folder that is right in every way, unless `changes` say otherwise. Removed by the caller. */
export async function toyLandmarkFolder(changes: FolderChanges = {}): Promise<string> {
  const outputs = changes.outputs ?? LANDMARK_OUTPUTS;
  const model = changes.model ?? constantNetwork('image', ['n', 1, 64, 64], outputs);
  const folder = await mkdtemp(join(tmpdir(), 'backstop-toy-'));
  await mkdir(join(folder, 'self-test'));
  await writeFile(join(folder, 'model.onnx'), model);
  await writeFile(join(folder, 'self-test', 'image.bin'), new Float32Array(2 * 64 * 64));
  const first = outputs[0]!;
  const expected = changes.expected ?? Float32Array.of(...first.values, ...first.values);
  await writeFile(join(folder, 'self-test', 'out.bin'), expected);
  const manifest = {
    schema: 'vcf-model/1',
    id: 'toy-landmarks',
    version: '0.0.1',
    contract: 'landmarks2d@1',
    file: {
      path: 'model.onnx',
      sha256: createHash('sha256').update(model).digest('hex'),
      bytes: model.length,
      opset: 17,
      externalData: false,
      ...changes.file,
    },
    applies: { modality: ['CT'] },
    inputs: [
      {
        name: 'image',
        dtype: 'float32',
        layout: 'NCHW',
        shape: ['n', 1, 64, 64],
        maxBatch: 8,
        space: { frame: 'vertebra', axes: ['row:caudal', 'col:posterior'], spacingMm: { mode: 'perPitch', k: 0.031, clamp: [0.7, 1.15] } },
        normalize: [
          { op: 'clipPercentile', lo: 1, hi: 99 },
          { op: 'rescale', from: 'minmax', to: [0, 1] },
        ],
      },
    ],
    outputs: outputs.map(({ name, role, shape }) => ({
      name,
      role,
      shape: ['n', ...shape],
      ...(role === 'landmarks' ? { points: LANDMARK_POINTS } : {}),
    })),
    calibration: { sigmaScale: 1, temperature: 1 },
    selfTest: [
      {
        inputs: { image: { path: 'self-test/image.bin', shape: [2, 1, 64, 64] } },
        outputs: { [first.name]: { path: 'self-test/out.bin', shape: [2, ...first.shape] } },
        tolerance: 0.01,
      },
    ],
    card: { trainedOn: 'nothing: a toy of the tests', clinicalData: false, intendedUse: 'tests' },
    license: 'Apache-2.0',
    regulatory: { status: 'research-only' },
    ...changes.manifest,
  };
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest));
  return folder;
}
