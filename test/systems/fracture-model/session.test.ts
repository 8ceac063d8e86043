/** The networks' own process: it answers, and when it hangs, eats memory or dies, only it dies. */
import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { GiveUp, TryLater } from '#src/lib/errors.ts';
import { chooseProvider } from '#src/systems/fracture-model/execution-provider.ts';
import { type NetworkSession, openSession } from '#src/systems/fracture-model/session.ts';
import { slowNetwork, toyLandmarkFolder } from './toy-onnx.ts';

let folder = '';
const image = (value: number) => ({ image: { data: new Float32Array(64 * 64).fill(value), dims: [1, 1, 64, 64] } });
const code =
  (expected: string, kind: typeof GiveUp | typeof TryLater = GiveUp) =>
  (error: unknown) =>
    error instanceof kind && error.code === expected;

function open(models: Record<string, string>, limits: { timeLimitMs?: number; memoryLimitMb?: number } = {}): NetworkSession {
  return openSession({
    models: Object.entries(models).map(([name, file]) => ({ name, file: join(folder, file) })),
    executionProviders: ['cpu'],
    intraOpThreads: 1,
    timeLimitMs: limits.timeLimitMs ?? 30_000,
    memoryLimitMb: limits.memoryLimitMb ?? 4096,
  });
}

before(async () => {
  folder = await toyLandmarkFolder();
  await writeFile(join(folder, 'slow.onnx'), slowNetwork(3000, 400));
  await writeFile(join(folder, 'huge.onnx'), slowNetwork(26_000, 1));
});
after(() => rm(folder, { recursive: true }));

test('a network answers, and really reads its input', async () => {
  const session = open({ toy: 'model.onnx' });
  try {
    const zero = await session.run('toy', image(0));
    const two = await session.run('toy', image(2));
    assert.deepEqual(zero['xy']!.dims, [1, 10, 2]);
    assert.ok(Math.abs(two['xy']!.data[0]! - zero['xy']!.data[0]! - 2) < 1e-4);
  } finally {
    await session.close();
  }
  await assert.rejects(session.run('toy', image(0)), code('MODEL_CLOSED', TryLater));
});

test('a network that hangs is stopped, and the next call gets a new process', async () => {
  const session = open({ toy: 'model.onnx', slow: 'slow.onnx' }, { timeLimitMs: 3000 });
  try {
    await assert.rejects(session.run('slow', image(1)), code('MODEL_TIMEOUT'));
    assert.equal((await session.run('toy', image(0)))['sigma']!.data.length, 10);
  } finally {
    await session.close();
  }
});

test('a network that eats memory is stopped', async () => {
  const session = open({ huge: 'huge.onnx' }, { memoryLimitMb: 500 });
  try {
    await assert.rejects(session.run('huge', image(1)), code('MODEL_MEMORY'));
  } finally {
    await session.close();
  }
});

test('stopping from outside kills the work and may be tried again; a call beside it too', async () => {
  const session = open({ toy: 'model.onnx', slow: 'slow.onnx' });
  try {
    await session.run('toy', image(0));
    const stop = new AbortController();
    const slow = session.run('slow', image(1), stop.signal);
    const beside = session.run('toy', image(0)).catch((error: unknown) => error);
    setTimeout(() => stop.abort(), 100);
    await assert.rejects(slow, code('MODEL_STOPPED', TryLater));
    const answer = await beside;
    assert.ok(!(answer instanceof Error) || code('MODEL_RESTARTED', TryLater)(answer));
  } finally {
    await session.close();
  }
});

test('a file that is no network fails with a reason', async () => {
  await writeFile(join(folder, 'broken.onnx'), 'no network');
  const session = open({ broken: 'broken.onnx' });
  try {
    await assert.rejects(session.run('broken', image(0)), code('MODEL_FAILED'));
  } finally {
    await session.close();
  }
});

test('CUDA: refused clearly when it is asked for alone and its library is missing; named when it is passed over', () => {
  assert.throws(() => chooseProvider(['cuda'], false), code('MODEL_CUDA_MISSING'));
  assert.deepEqual(chooseProvider(['cuda', 'cpu'], false), { use: ['cpu'], name: 'cpu (cuda asked for, library missing)' });
  assert.deepEqual(chooseProvider(['cuda', 'cpu'], true), { use: ['cuda', 'cpu'], name: 'cuda' });
  assert.deepEqual(chooseProvider(['cpu'], true), { use: ['cpu'], name: 'cpu' });
  assert.throws(() => chooseProvider(['tpu'], true), code('MODEL_PROVIDER'));
  assert.throws(() => chooseProvider([], true), code('MODEL_PROVIDER'));
});
