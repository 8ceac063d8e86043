/** Breaks every request of a write in every way, then writes again: nothing twice, nothing lost, the Task never before its evidence. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Resource, Task } from '@medplum/fhirtypes';
import type { Case } from '#src/case/case.ts';
import { TryLater } from '#src/lib/errors.ts';
import { type HealthRecordOptions, makeHealthRecord } from '#src/systems/fhir/client.ts';
import { KEY_SYSTEM, KEY_TAG } from '#src/systems/fhir/names.ts';
import { makeAnswer, makeCase, makeFinding, makeReading, statingReading } from '#test/fakes/make-case.ts';
import { FAULT_KINDS, type FaultKind } from '#test/hospital/ehr-faults.ts';
import { ADA, CLOCK, decided, openHospital, withFacts } from './hospital-of-one.ts';

const picture = { name: 'key-image.png', contentType: 'image/png', bytes: new Uint8Array([137, 80, 78, 71]) };

/** Our key of a resource: identifier, or the tag where R4 has no identifier. */
function keysOf(resource: Resource): string[] {
  const identifiers = (resource as { identifier?: { system?: string; value?: string }[] }).identifier ?? [];
  const tagged = (resource.meta?.tag ?? []).filter((tag) => tag.system === KEY_TAG).map((tag) => tag.code ?? '');
  return [...identifiers.filter((id) => id.system === KEY_SYSTEM).map((id) => id.value ?? ''), ...tagged];
}

function isOver(resource: Resource): boolean {
  return ['entered-in-error', 'cancelled'].includes((resource as { status?: string }).status ?? '');
}

/** Runs again until it goes through, as the queue does; gives the number of runs. */
async function writeUntilDone(write: (run: number) => Promise<unknown>, tries = 6): Promise<number> {
  for (let run = 1; ; run += 1) {
    try {
      await write(run);
      return run;
    } catch (error) {
      if (!(error instanceof TryLater) || run === tries) throw error;
    }
  }
}

describe('write with a fault at each request', () => {
  let hospital: Awaited<ReturnType<typeof openHospital>>;
  /** Starts anew each time: what one process knew (a limit that it was told) is not what the next one knows. */
  const record = (options: Partial<HealthRecordOptions> = {}) =>
    makeHealthRecord({ baseUrl: hospital.ehr.url, auth: null, clock: CLOCK, ...options });
  const stored = () => hospital.ehr.repository.all().filter((resource) => keysOf(resource).length > 0);

  before(async () => {
    hospital = await openHospital({ validates: false });
  });
  after(() => hospital.ehr.close());

  async function reset(to: readonly Resource[] = [ADA]): Promise<void> {
    const { faults, repository, requests } = hospital.ehr;
    faults.clear();
    repository.clear();
    requests.length = 0;
    await repository.withSeeding(async () => {
      for (const resource of to) await repository.createResource(resource);
    });
  }

  /** Every stage of a case's life that writes: made first, then a correction, then a person's acceptance. */
  async function stages(): Promise<readonly Case[]> {
    const base = makeCase({ reading: statingReading(['L1', 'T8']), finding: makeFinding({ L1: 3, T8: 1 }) });
    const first = await decided(base, hospital.record);
    const corrected = await decided(
      { ...withFacts(base, { reading: statingReading(['L1']), finding: makeFinding({ L1: 2 }) }), reportVersion: 2 },
      hospital.record,
    );
    const accepted = withFacts(corrected, { answers: [makeAnswer('referral-accepted', { key: 'accepted-1' })] });
    const silent = {
      ...withFacts(base, {
        reading: makeReading(),
        finding: makeFinding(),
        resources: [{ resourceType: 'Task', id: 'x', versionId: null, key: 'k' }],
      }),
      reportVersion: 3,
    };
    return [first, corrected, accepted, await decided(silent, hospital.record)];
  }

  const alive = () => {
    const left = stored().filter((resource) => !isOver(resource));
    return left.map((resource) => `${resource.resourceType} ${keysOf(resource)[0]}`).toSorted();
  };

  function check(label: string, expected: readonly string[]): void {
    const counted = new Map<string, number>();
    for (const resource of stored())
      for (const key of keysOf(resource)) counted.set(`${resource.resourceType} ${key}`, (counted.get(`${resource.resourceType} ${key}`) ?? 0) + 1);
    const twice = [...counted].filter(([, count]) => count > 1);
    assert.deepEqual(twice, [], `${label}: duplicates`);
    assert.deepEqual(alive(), expected, `${label}: lost or left over`);
  }

  /** A later stage differs by its updates: the kinds that leave the record in another state than the caller believes. */
  const quick: readonly FaultKind[] = ['503', '503-after-commit', 'reset-after-commit', '412', '429', 'truncated'];
  for (const [name, stage, kinds] of [
    ['first write', 0, FAULT_KINDS],
    ['corrected report', 1, quick],
    ['accepted referral', 2, quick],
    ['withdrawn by a corrected report', 3, quick],
  ] as const) {
    test(`${name}: 0 duplicates, 0 lost, whatever breaks`, async (t) => {
      await reset();
      const cases = await stages();
      for (const earlier of cases.slice(0, stage)) await record().write(earlier, picture);
      const start = hospital.ehr.repository.all();
      hospital.ehr.requests.length = 0;
      const subject = cases[stage] as Case;
      await record().write(subject, picture);
      const requests = hospital.ehr.requests.length;
      const expected = alive();
      assert.ok(requests > 8 && expected.length > 2);
      for (const kind of kinds) {
        for (let nth = 0; nth < requests; nth += 1) {
          await reset(start);
          hospital.ehr.faults.add(kind, { nth });
          // Impatient in the first run only: on a slow machine an answer that is on its way may take longer than that.
          const timeoutOf = (run: number) => (run === 1 && kind.startsWith('timeout') ? 150 : 10_000);
          await writeUntilDone((run) => record({ timeoutMs: timeoutOf(run) }).write(subject, picture));
          assert.equal(hospital.ehr.faults.pending(), 0, `${kind} at ${nth} never happened`);
          check(`${name}, ${kind} at request ${nth}`, expected);
        }
      }
      t.diagnostic(`${kinds.length} kinds of fault at each of ${requests} requests`);
    });
  }

  test('a Task is never there before everything that it points at', async () => {
    await reset();
    const [first] = await stages();
    hospital.ehr.requests.length = 0;
    await record().write(first as Case, picture);
    const requests = hospital.ehr.requests.length;
    for (let nth = 0; nth < requests; nth += 1) {
      await reset();
      hospital.ehr.faults.add('503', { nth });
      await assert.rejects(record().write(first as Case, picture), TryLater);
      assert.deepEqual(hospital.ehr.repository.all<Task>('Task'), [], `broken at request ${nth} of ${requests}`);
    }
  });
});
