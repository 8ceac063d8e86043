/** Reads one model folder and says everything that is wrong with it before onnxruntime ever sees it. */
import { createHash } from 'node:crypto';
import { readFile, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, relative } from 'node:path';
import { type Manifest, parseManifest } from './manifest.ts';
import { ALLOWED_OPERATORS, readOnnx } from './onnx-graph.ts';

/** Larger files are not read at all. */
const MOST_MANIFEST_BYTES = 1_000_000;
const MOST_MODEL_BYTES = 500_000_000;
const LEAST_OPSET = 17;

export interface Tensor {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

export interface SelfTest {
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly outputs: Readonly<Record<string, Tensor>>;
  readonly tolerance: number;
}

export interface ModelFolder {
  readonly folder: string;
  readonly file: string;
  readonly manifest: Manifest;
  readonly manifestSha256: string;
  readonly selfTests: readonly SelfTest[];
}

export type FolderRead = { readonly ok: true; readonly model: ModelFolder } | { readonly ok: false; readonly problems: readonly string[] };

const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** A file named by the manifest, only if it really lies inside the folder (links followed) and is not too big. */
async function readInside(folder: string, name: string, mostBytes: number): Promise<Uint8Array> {
  const wanted = join(folder, name);
  const outside = (path: string, base: string): boolean => relative(base, path).startsWith('..') || isAbsolute(relative(base, path));
  if (isAbsolute(name) || outside(wanted, folder)) throw new RangeError(`${name} lies outside the model's folder`);
  const [real, base] = await Promise.all([realpath(wanted), realpath(folder)]).catch(() => {
    throw new RangeError(`${name} is not there`);
  });
  if (outside(real, base)) throw new RangeError(`${name} is a link out of the model's folder`);
  const facts = await stat(real);
  if (!facts.isFile()) throw new RangeError(`${name} is not a file`);
  if (facts.size > mostBytes) throw new RangeError(`${name} has ${facts.size} bytes, more than the ${mostBytes} allowed`);
  return readFile(real);
}

function modelProblems(bytes: Uint8Array, manifest: Manifest): string[] {
  const { file } = manifest;
  const problems: string[] = [];
  if (bytes.length !== file.bytes) problems.push(`${file.path} has ${bytes.length} bytes, the manifest says ${file.bytes}`);
  if (hash(bytes) !== file.sha256) problems.push(`${file.path} does not have the SHA-256 of the manifest`);
  try {
    const facts = readOnnx(bytes);
    const unknown = [...facts.operators].filter((name) => !ALLOWED_OPERATORS.has(name)).sort();
    if (unknown.length > 0) problems.push(`operators that are not allowed: ${unknown.slice(0, 10).join(', ')}`);
    if (facts.foreignDomains.size > 0)
      problems.push(`operators outside the ONNX standard: ${[...facts.foreignDomains].sort().slice(0, 5).join(', ')}`);
    if (facts.externalData) problems.push('weights lie in another file (external data)');
    if (facts.opset !== file.opset) problems.push(`opset is ${facts.opset}, the manifest says ${file.opset}`);
    if (facts.opset < LEAST_OPSET) problems.push(`opset ${facts.opset} is below ${LEAST_OPSET}`);
  } catch (error) {
    problems.push(`${file.path} is not an ONNX model: ${error instanceof Error ? error.message : 'unreadable'}`);
  }
  return problems;
}

async function readTensor(folder: string, name: string, dims: readonly number[]): Promise<Tensor> {
  const count = dims.reduce((product, n) => product * n, 1);
  const bytes = await readInside(folder, name, MOST_MODEL_BYTES);
  if (bytes.length !== 4 * count) throw new RangeError(`${name} has ${bytes.length} bytes, its shape needs ${4 * count}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { data: Float32Array.from({ length: count }, (_, i) => view.getFloat32(4 * i, true)), dims };
}

async function readSelfTests(folder: string, manifest: Manifest): Promise<SelfTest[]> {
  const tensors = async (entries: Record<string, { path: string; shape: number[] }>): Promise<Record<string, Tensor>> =>
    Object.fromEntries(
      await Promise.all(Object.entries(entries).map(async ([name, t]) => [name, await readTensor(folder, t.path, t.shape)] as const)),
    );
  return Promise.all(
    manifest.selfTest.map(async (test) => ({ inputs: await tensors(test.inputs), outputs: await tensors(test.outputs), tolerance: test.tolerance })),
  );
}

/** Everything but running it: manifest, paths, size, hash, opset, operators, external data, self-test files. */
export async function readModelFolder(folder: string): Promise<FolderRead> {
  const fail = (problems: readonly string[]): FolderRead => ({ ok: false, problems });
  try {
    const manifestBytes = await readInside(folder, 'manifest.json', MOST_MANIFEST_BYTES);
    const parsed = parseManifest(new TextDecoder().decode(manifestBytes));
    if (!parsed.ok) return fail(parsed.problems);
    const { manifest } = parsed;
    const problems = modelProblems(await readInside(folder, manifest.file.path, MOST_MODEL_BYTES), manifest);
    if (problems.length > 0) return fail(problems);
    const selfTests = await readSelfTests(folder, manifest);
    return { ok: true, model: { folder, file: join(folder, manifest.file.path), manifest, manifestSha256: hash(manifestBytes), selfTests } };
  } catch (error) {
    if (error instanceof RangeError) return fail([error.message]);
    throw error;
  }
}
