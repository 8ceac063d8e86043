/** The reports of an archive lie in a file and not in memory: what comes out is what went in, memory stays small, and nobody can read the file. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { heapOf } from '#src/app/curate-sources.ts';
import { openSpillFile, type SpillPlace } from '#src/app/spill-file.ts';
import { readStoredMessage } from '#src/systems/hl7/read-stored-message.ts';
import { DEFAULT_PROFILE } from '#src/systems/hl7/source-profile.ts';

const folder = mkdtempSync(join(tmpdir(), 'backstop-heap-'));
after(() => rmSync(folder, { recursive: true, force: true }));

test('whatever is put in comes out, in any order', () => {
  const value = fc.oneof(fc.string({ unit: 'binary' }), fc.uint8Array({ maxLength: 5000 }), fc.json(), fc.constant(undefined));
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 30 }), fc.infiniteStream(fc.nat()), (values, order) => {
      const spill = openSpillFile<unknown>(folder);
      try {
        const places: SpillPlace[] = values.map((one) => spill.put(one));
        for (let look = 0; look < 40; look += 1) {
          const at = Number(order.next().value) % values.length;
          assert.deepEqual(spill.get(places[at]!), values[at]);
        }
      } finally {
        spill.close();
      }
    }),
  );
});

test('the file has no name, and holds nothing that can be read', { skip: process.platform === 'linux' ? false : 'looks into /proc' }, () => {
  const spill = openSpillFile<string>(folder);
  try {
    spill.put('Whitcombe, Ada: compression fracture of L1. '.repeat(50));
    assert.deepEqual(readdirSync(folder), []);
    const [file, ...more] = readdirSync('/proc/self/fd').filter((name) => nameOf(name).includes('.backstop-spill-'));
    assert.ok(file && more.length === 0, 'the file was found');
    const bytes = readFileSync(`/proc/self/fd/${file}`);
    assert.ok(bytes.byteLength > 2000);
    assert.doesNotMatch(bytes.toString('latin1'), /Whitcombe|fracture/);
  } finally {
    spill.close();
  }
});

/** What an open file is called, or was. */
function nameOf(descriptor: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    return '';
  }
}

/** An ORU message of an examination; `status` C with another text is its corrected version. */
function message(n: number, text: string, status = 'F'): Buffer {
  const minute = String(n % 60).padStart(2, '0');
  return Buffer.from(
    [
      `MSH|^~\\&|RIS|NORTH|||20260301${status === 'F' ? '08' : '12'}${minute}||ORU^R01|M${n}${status}|P|2.5`,
      `PID|1||P-${n}^^^NORTH^MR||EXAMPLE^ADA||19500101|F`,
      `OBR|1||ACC${n}|CTCHEST^CT chest|||202603010800||||||||||||||||20260301${status === 'F' ? '08' : '12'}${minute}||CT|${status}`,
      `OBX|1|TX|GDT^Report||${text}||||||${status}`,
    ].join('\r'),
  );
}

async function* pieces(count: number, text: (n: number) => string, corrected: (n: number) => boolean) {
  for (let n = 0; n < count; n += 1) yield { bytes: message(n, text(n)), profile: DEFAULT_PROFILE, flags: [] };
  for (let n = 0; n < count; n += 1) if (corrected(n)) yield { bytes: message(n, `CORRECTED ${text(n)}`, 'C'), profile: DEFAULT_PROFILE, flags: [] };
}

test('the newest version with every message of it, in the order in which the examinations came', async () => {
  const heap = await heapOf(
    pieces(
      50,
      (n) => `FINDINGS: ${n}`,
      (n) => n % 7 === 0,
    ),
    { folder },
  );
  try {
    assert.deepEqual([heap.size, heap.messages, heap.unusable], [50, 58, 0]);
    assert.deepEqual(
      [...heap.keys()],
      Array.from({ length: 50 }, (_, n) => `default|accession|ACC${n}`),
    );
    for (const [n, key] of [...heap.keys()].entries()) {
      const { report, messages } = heap.get(key);
      const sent = n % 7 === 0 ? [message(n, `FINDINGS: ${n}`), message(n, `CORRECTED FINDINGS: ${n}`, 'C')] : [message(n, `FINDINGS: ${n}`)];
      assert.deepEqual(messages, sent);
      const read = readStoredMessage(sent.at(-1)!, DEFAULT_PROFILE, []);
      assert.deepEqual(report, read.kind === 'report' && read.report);
    }
  } finally {
    heap.close();
  }
});

test('an archive of 100 MB of messages takes less than a twentieth of that in memory, and a fault leaves no open file', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const held = async (): Promise<number> => {
    for (let turn = 0; turn < 3; turn += 1) {
      await new Promise((go) => setImmediate(go));
      collect();
    }
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const line = 'The lungs are clear and no vertebral fracture is seen. '.repeat(900);
  const before = await held();
  const heap = await heapOf(
    pieces(
      2_000,
      (n) => `${n} ${line}`,
      () => false,
    ),
    { folder },
  );
  const grown = (await held()) - before;
  assert.equal(heap.size, 2_000);
  assert.ok(grown < 5e6, `${Math.round(grown / 1e6)} MB for 2,000 reports of 50 kB`);
  assert.match(heap.get('default|accession|ACC1234').report.text.slice(0, 100), /1234 The lungs/);
  heap.close();
  assert.throws(() => heap.get('default|accession|ACC1'), /EBADF/);
  async function* broken() {
    yield* pieces(3, String, () => false);
    throw new Error('the disk of the archive failed');
  }
  await assert.rejects(heapOf(broken(), { folder }), /the disk of the archive failed/);
});
