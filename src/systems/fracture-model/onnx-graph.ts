/** Reads as much of an ONNX file (protobuf, onnx.proto3) as is needed to refuse a dangerous one before it is loaded. */

export interface OnnxFacts {
  /** Opset version of the standard domain; 0 when none is declared. */
  readonly opset: number;
  readonly operators: ReadonlySet<string>;
  /** Domains other than the standard one that are imported or used. */
  readonly foreignDomains: ReadonlySet<string>;
  readonly externalData: boolean;
}

const text = new TextDecoder('utf-8', { fatal: false });

/** Calls `visit` with each field of a protobuf message. Throws RangeError when the bytes are not one. */
function eachField(bytes: Uint8Array, visit: (field: number, value: number, content: Uint8Array | null) => void): void {
  let at = 0;
  const varint = (): number => {
    let [value, scale] = [0, 1];
    for (let count = 0; count < 10; count++) {
      const byte = bytes[at++];
      if (byte === undefined) throw new RangeError('the file ends inside a number');
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    throw new RangeError('a number is too long');
  };
  while (at < bytes.length) {
    const key = varint();
    const field = Math.floor(key / 8);
    const kind = key % 8;
    if (field === 0) throw new RangeError('field number 0');
    if (kind === 0) visit(field, varint(), null);
    else if (kind === 1 || kind === 5) at += kind === 1 ? 8 : 4;
    else if (kind === 2) {
      const length = varint();
      if (at + length > bytes.length) throw new RangeError('a field runs past the end of the file');
      visit(field, 0, bytes.subarray(at, at + length));
      at += length;
    } else throw new RangeError(`wire type ${kind}`);
  }
  if (at > bytes.length) throw new RangeError('the file ends inside a field');
}

interface Collected {
  opset: number;
  operators: Set<string>;
  foreignDomains: Set<string>;
  externalData: boolean;
}

/** TensorProto: external_data = 13, data_location = 14 (1 = EXTERNAL). */
function readTensor(bytes: Uint8Array, into: Collected): void {
  eachField(bytes, (field, value) => {
    if (field === 13 || (field === 14 && value === 1)) into.externalData = true;
  });
}

/** AttributeProto: t = 5, g = 6, tensors = 10, graphs = 11. */
function readAttribute(bytes: Uint8Array, into: Collected, depth: number): void {
  eachField(bytes, (field, _value, content) => {
    if (!content) return;
    if (field === 5 || field === 10) readTensor(content, into);
    if (field === 6 || field === 11) readGraph(content, into, depth + 1);
  });
}

/** NodeProto: op_type = 4, attribute = 5, domain = 7. */
function readNode(bytes: Uint8Array, into: Collected, depth: number): void {
  eachField(bytes, (field, _value, content) => {
    if (!content) return;
    if (field === 4) into.operators.add(text.decode(content));
    if (field === 5) readAttribute(content, into, depth);
    if (field === 7) noteDomain(text.decode(content), into);
  });
}

function noteDomain(domain: string, into: Collected): void {
  if (domain !== '' && domain !== 'ai.onnx') into.foreignDomains.add(domain);
}

/** GraphProto: node = 1, initializer = 5. */
function readGraph(bytes: Uint8Array, into: Collected, depth: number): void {
  if (depth > 8) throw new RangeError('graphs are nested too deep');
  eachField(bytes, (field, _value, content) => {
    if (!content) return;
    if (field === 1) readNode(content, into, depth);
    if (field === 5) readTensor(content, into);
  });
}

/** OperatorSetIdProto: domain = 1, version = 2. */
function readOpset(bytes: Uint8Array, into: Collected): void {
  let [domain, version] = ['', 0];
  eachField(bytes, (field, value, content) => {
    if (field === 1 && content) domain = text.decode(content);
    if (field === 2) version = value;
  });
  if (domain === '' || domain === 'ai.onnx') into.opset = version;
  else noteDomain(domain, into);
}

/** ModelProto: graph = 7, opset_import = 8, functions = 25. Throws RangeError when the bytes are no ONNX model. */
export function readOnnx(bytes: Uint8Array): OnnxFacts {
  const into: Collected = { opset: 0, operators: new Set(), foreignDomains: new Set(), externalData: false };
  let graphs = 0;
  eachField(bytes, (field, _value, content) => {
    if (!content) return;
    if (field === 7) {
      graphs++;
      readGraph(content, into, 0);
    }
    if (field === 8) readOpset(content, into);
    if (field === 25) into.operators.add('(model-local function)');
  });
  if (graphs !== 1) throw new RangeError('the file holds no single graph');
  return into;
}

/** Operators that a picture network needs; control flow (Loop, Scan, If), strings and random numbers are left out on purpose. */
export const ALLOWED_OPERATORS: ReadonlySet<string> = new Set(
  (
    'Abs Add And ArgMax ArgMin AveragePool BatchNormalization Cast Ceil Clip Concat Constant ConstantOfShape Conv ConvTranspose CumSum ' +
    'DepthToSpace Div Dropout Einsum Elu Equal Erf Exp Expand Flatten Floor Gather GatherElements GatherND Gelu Gemm GlobalAveragePool ' +
    'GlobalMaxPool Greater GreaterOrEqual GridSample GroupNormalization HardSigmoid HardSwish Identity InstanceNormalization LayerNormalization ' +
    'LeakyRelu Less LessOrEqual Log LogSoftmax MatMul Max MaxPool Mean Min Mish Mod Mul Neg Not Or Pad Pow PRelu Range Reciprocal ReduceL2 ' +
    'ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum Relu Reshape Resize Round ScatterND Selu Shape Sigmoid Sign Size Slice Softmax Softplus ' +
    'SpaceToDepth Split Sqrt Squeeze Sub Sum Tanh Tile TopK Transpose Unsqueeze Where'
  ).split(' '),
);
