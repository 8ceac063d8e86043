/** The key image is painted when it is asked for, from what the case says now: never an older measurement's picture beside a newer finding. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withKeyImages } from '#src/app/key-images.ts';
import type { Case } from '#src/case/case.ts';
import type { StudyFinding } from '#src/case/finding.ts';
import type { Artifact, CaseStore } from '#src/ports.ts';
import { makeCase, makeFinding } from '#test/fakes/make-case.ts';

const artifact = (name: string, text: string): Artifact => ({ name, contentType: 'image/png', bytes: Buffer.from(text) });

function held(subject: Case, kept: readonly Artifact[]) {
  const state = { subject, kept: [...kept], painted: 0, isBroken: false };
  const store = {
    load: async () => state.subject,
    artifact: async (_id: string, name: string) => state.kept.find((one) => one.name === name),
  } as unknown as CaseStore;
  const painter = async () => ({
    async paint(strip: Artifact, finding: StudyFinding) {
      state.painted += 1;
      if (state.isBroken) throw new Error('no memory');
      return artifact('key-image.png', `${Buffer.from(strip.bytes)} ${finding.state}`);
    },
  });
  const images = withKeyImages(store, painter);
  const shown = async (name = 'key-image.png') => {
    const found = await images.artifact(subject.id, name);
    return found && Buffer.from(found.bytes).toString();
  };
  return { state, shown };
}

test('painted from the strip and the finding, once for each version of the case', async () => {
  const subject = makeCase({ finding: makeFinding({ L1: 2 }) });
  const { state, shown } = held(subject, [artifact('strip.png', 'first strip'), artifact('key-image.png', 'kept by an earlier version')]);
  assert.deepEqual([await shown(), await shown(), state.painted], ['first strip measured', 'first strip measured', 1]);
  assert.equal(await shown('strip.png'), 'first strip');
  state.kept = [artifact('strip.png', 'second strip'), artifact('key-image.png', 'kept by an earlier version')];
  state.subject = { ...subject, version: subject.version + 1 };
  assert.deepEqual([await shown(), state.painted], ['second strip measured', 2]);
});

test('a painting that failed is tried anew', async () => {
  const { state, shown } = held(makeCase({ finding: makeFinding({ L1: 2 }) }), [artifact('strip.png', 'strip')]);
  state.isBroken = true;
  await assert.rejects(shown(), /no memory/);
  state.isBroken = false;
  assert.equal(await shown(), 'strip measured');
});

test('without a strip, or a finding with a picture, what was kept before; else nothing', async () => {
  const cannotSay = { state: 'cannot-say', reason: 'too-few-vertebrae', detail: '', vertebrae: [], models: [] } as const;
  const old = artifact('key-image.png', 'kept by an earlier version');
  assert.equal(await held(makeCase({ finding: makeFinding() }), [old]).shown(), 'kept by an earlier version');
  assert.equal(await held(makeCase({ finding: cannotSay }), [artifact('strip.png', 'strip'), old]).shown(), 'kept by an earlier version');
  assert.equal(await held(makeCase({ finding: null }), []).shown(), undefined);
});
