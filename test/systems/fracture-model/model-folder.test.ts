/** Model folders: a right one passes; each way to be wrong or dangerous is refused with its reason. */
import assert from 'node:assert/strict';
import { rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkModelFolder } from '#src/systems/fracture-model/check-model-folder.ts';
import { readOnnx } from '#src/systems/fracture-model/onnx-graph.ts';
import { constantNetwork, type FolderChanges, LANDMARK_OUTPUTS, node, onnxModel, tensor, toyLandmarkFolder } from './toy-onnx.ts';

async function check(changes: FolderChanges, touch: (folder: string) => Promise<void> = async () => undefined): Promise<string> {
  const folder = await toyLandmarkFolder(changes);
  try {
    await touch(folder);
    const { ok, problems } = await checkModelFolder(folder);
    assert.equal(ok, problems.length === 0);
    return problems.join('; ');
  } finally {
    await rm(folder, { recursive: true });
  }
}

const IO = { input: { name: 'image', shape: ['n', 1, 64, 64] }, outputs: [{ name: 'xy', shape: ['n', 10, 2] }] } as const;

test('a folder that is right in every way passes', async () => {
  assert.equal(await check({}), '');
});

test('another contract passes the same door: a classifier of one vertebra (checked, not run by the server)', async () => {
  const outputs = [{ name: 'grades', role: 'gradeLogits', shape: [4], values: Float32Array.of(3, 1, 0, 0) }];
  assert.equal(await check({ outputs, manifest: { id: 'toy-grades', contract: 'vertebraClassifier@1' } }), '');
});

test('what the bytes are: size, hash, not ONNX, opset', async () => {
  assert.match(await check({ file: { sha256: '0'.repeat(64) } }), /SHA-256/);
  assert.match(await check({ file: { bytes: 17 } }), /bytes, the manifest says 17/);
  assert.match(await check({ model: Buffer.from('this is no network at all') }), /not an ONNX model/);
  assert.match(await check({ file: { opset: 18 } }), /opset is 17, the manifest says 18/);
  const old = onnxModel({ nodes: [node('Relu', ['image'], ['xy'])], tensors: [], ...IO, opset: 11 });
  assert.match(await check({ model: old, file: { opset: 11 } }), /below 17/);
});

test('what is in the graph: unknown operators, control flow, foreign domains, external data', async () => {
  const graph = (operator: string, domain = '', domains: string[] = []) =>
    onnxModel({ nodes: [node(operator, ['image'], ['xy'], domain)], tensors: [], ...IO, domains });
  assert.match(await check({ model: graph('EvilOp') }), /not allowed: EvilOp/);
  assert.match(await check({ model: graph('Loop') }), /not allowed: Loop/);
  assert.match(await check({ model: graph('Relu', 'com.evil', ['com.evil']) }), /outside the ONNX standard: com.evil/);
  // TensorProto field 14 (data_location) = 1 (EXTERNAL)
  const external = Buffer.concat([tensor('w', [1], Float32Array.of(1)), Buffer.from([14 * 8, 1])]);
  assert.match(await check({ model: onnxModel({ nodes: [node('Relu', ['image'], ['xy'])], tensors: [external], ...IO }) }), /external data/);
});

test('an operator that hides in a subgraph is found', () => {
  // AttributeProto: name 1, g 6 (a GraphProto with one node, field 1); NodeProto: attribute 5.
  const field = (n: number, content: Buffer) => Buffer.concat([Buffer.from([n * 8 + 2, content.length]), content]);
  const inner = field(1, node('EvilOp', ['a'], ['b']));
  const outer = Buffer.concat([node('If', ['image'], ['xy']), field(5, field(6, inner))]);
  assert.ok(readOnnx(onnxModel({ nodes: [outer], tensors: [], ...IO })).operators.has('EvilOp'));
});

test('a manifest that lies about shapes or roles', async () => {
  const eleven = LANDMARK_OUTPUTS.map((out) => (out.name === 'sigma' ? { ...out, shape: [11], values: new Float32Array(11) } : out));
  const model = constantNetwork('image', ['n', 1, 64, 64], eleven);
  assert.match(await check({ model }), /sigma is \[2,11\], the manifest says \[n,10\]/);
  assert.match(
    await check({
      outputs: [{ ...LANDMARK_OUTPUTS[0]!, name: 'other' }, ...LANDMARK_OUTPUTS.slice(1)],
      model: constantNetwork('image', ['n', 1, 64, 64], LANDMARK_OUTPUTS),
    }),
    /output other does not exist/,
  );
  assert.match(await check({ outputs: LANDMARK_OUTPUTS.slice(0, 1) }), /needs outputs with the roles sigma/);
  assert.match(await check({ manifest: { contract: 'landmarks3d@9' } }), /manifest contract/);
  assert.match(await check({ manifest: { schema: 'vcf-model/2' } }), /manifest schema/);
});

test('a batch that is not free', async () => {
  const fixed = constantNetwork('image', [2, 1, 64, 64], LANDMARK_OUTPUTS);
  assert.match(await check({ model: fixed }), /failed|says/);
});

test('NaN outputs and a self-test that does not come out', async () => {
  const nan = LANDMARK_OUTPUTS.map((out) => (out.name === 'sigma' ? { ...out, values: new Float32Array(10).fill(Number.NaN) } : out));
  assert.match(await check({ outputs: nan }), /sigma holds NaN/);
  assert.match(await check({ expected: new Float32Array(40).fill(9) }), /self-test 0: output xy is off by/);
  assert.match(await check({ expected: new Float32Array(3) }), /its shape needs 160/);
});

test('paths out of the folder, links out of it, and files that are not there', async () => {
  assert.match(await check({ file: { path: '../model.onnx' } }), /outside the model's folder/);
  assert.match(await check({ file: { path: '/etc/passwd' } }), /outside the model's folder/);
  assert.match(await check({ file: { path: 'nothing.onnx' } }), /is not there/);
  const link = async (folder: string): Promise<void> => {
    await rm(join(folder, 'self-test', 'image.bin'));
    await symlink('/etc/passwd', join(folder, 'self-test', 'image.bin'));
  };
  assert.match(await check({}, link), /link out of the model's folder/);
  assert.match(await check({}, (folder) => writeFile(join(folder, 'manifest.json'), '{ not json')), /not JSON/);
  assert.match(await check({}, (folder) => rm(join(folder, 'manifest.json'))), /is not there/);
});

test('the ONNX reader never does anything but answer or refuse, whatever the bytes', () => {
  const good = constantNetwork('image', ['n', 1, 64, 64], LANDMARK_OUTPUTS);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(good.length - 1), fc.nat(255), (noise, at, value) => {
      const damaged = Buffer.from(good);
      damaged[at] = value;
      for (const input of [noise, damaged, good.subarray(0, at)]) {
        try {
          readOnnx(input);
        } catch (error) {
          assert.ok(error instanceof RangeError);
        }
      }
    }),
  );
});
