/** Damaged bytes, made by a seeded generator: multipart bodies and files of every codec end in a value or a named error, never in anything else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { GiveUp, TryLater } from '#src/lib/errors.ts';
import { instanceToSlices } from '#src/systems/dicomweb/instance-to-slices.ts';
import { readMultipart } from '#src/systems/dicomweb/multipart-reader.ts';
import { makePartMemory } from '#src/systems/dicomweb/part-memory.ts';
import { makeSliceFile, patternPixels } from './make-slices.ts';
import { convert, tool } from './outside-tools.ts';

const LIMITS = { maxPartBytes: 4096, maxTotalBytes: 65_536, maxParts: 10 };
const BOUNDARY = 'b-0';

async function* chunks(bytes: Buffer, cuts: readonly number[]): AsyncGenerator<Buffer> {
  const places = [...new Set([0, ...cuts.map((cut) => cut % (bytes.byteLength + 1)), bytes.byteLength])].sort((a, b) => a - b);
  for (const [index, place] of places.entries()) if (index > 0) yield bytes.subarray(places[index - 1]!, place);
}

async function parts(bytes: Buffer, cuts: readonly number[]): Promise<Buffer[]> {
  const read: Buffer[] = [];
  for await (const part of readMultipart(chunks(bytes, cuts), BOUNDARY, LIMITS)) read.push(part.bytes);
  return read;
}

function bodyOf(payloads: readonly Uint8Array[]): Buffer {
  const each = payloads.flatMap((payload) => [Buffer.from(`--${BOUNDARY}\r\nContent-Type: application/dicom\r\n\r\n`), payload, Buffer.from('\r\n')]);
  return Buffer.concat([...each, Buffer.from(`--${BOUNDARY}--`)]);
}

const payload = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.constantFrom('\r\n--b-', '\r\n--b-0x', '--b-0--', '\r\n\r\n', '\r').map((text) => Buffer.from(text)),
);
const cuts = fc.array(fc.nat(5000), { maxLength: 12 });

test('what goes in as parts comes out as parts, wherever the bytes are cut', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(payload, { minLength: 1, maxLength: 5 }), cuts, async (payloads, places) => {
      const read = await parts(bodyOf(payloads), places);
      assert.deepEqual(
        read.map((part) => [...part]),
        payloads.map((part) => [...part]),
      );
    }),
    { numRuns: 300, seed: 1 },
  );
});

/** Memory as the archive client gives it, with a chunk's bytes spoiled as soon as the reader lets go of it. */
const RECYCLED = () => {
  const memory = makePartMemory();
  return { take: memory.take, free: (chunk: Buffer) => void chunk.fill(0xee) };
};

async function statedParts(bytes: Buffer, cuts: readonly number[]): Promise<Buffer[]> {
  const read: Buffer[] = [];
  const copied = async function* () {
    for await (const chunk of chunks(bytes, cuts)) yield Buffer.from(chunk);
  };
  for await (const part of readMultipart(copied(), BOUNDARY, LIMITS, RECYCLED())) read.push(Buffer.from(part.bytes));
  return read;
}

function statedBody(payloads: readonly Uint8Array[], stated: (length: number) => string): Buffer {
  const head = (payload: Uint8Array) => `--${BOUNDARY}\r\nContent-Type: application/dicom\r\nContent-Length: ${stated(payload.byteLength)}\r\n\r\n`;
  return Buffer.concat([...payloads.flatMap((each) => [Buffer.from(head(each)), each, Buffer.from('\r\n')]), Buffer.from(`--${BOUNDARY}--`)]);
}

test('a stated length that is right, wrong or absurd changes nothing, wherever the bytes are cut', async () => {
  // Up to 60 bytes too many end within the next part's head, 3,500 behind everything: none ends by chance before another delimiter.
  const lie = fc.oneof(fc.constant(0), fc.integer({ min: -400, max: 60 }), fc.constant(3500));
  await fc.assert(
    fc.asyncProperty(fc.array(payload, { minLength: 1, maxLength: 5 }), lie, cuts, async (payloads, by, places) => {
      const read = await statedParts(
        statedBody(payloads, (length) => String(length + by)),
        places,
      );
      assert.deepEqual(
        read.map((part) => [...part]),
        payloads.map((part) => [...part]),
      );
    }),
    { numRuns: 500, seed: 4 },
  );
  for (const stated of ['99999999999999999999', '999999999', '1e3', '-1', 'many', '0x10', '']) {
    const read = await statedParts(
      statedBody([Buffer.from('one'), Buffer.from('two')], () => stated),
      [50, 90],
    );
    assert.deepEqual(read.map(String), ['one', 'two'], stated);
  }
});

test('with its length stated, a part may hold the delimiter itself', async () => {
  const part = Buffer.from(`before\r\n--${BOUNDARY}\r\nafter`);
  assert.deepEqual(await statedParts(statedBody([part, part], String), [60, 75]), [part, part]);
});

test('a body cut off within a part of stated length is truncated, not shorter', async () => {
  const body = statedBody([Buffer.from('one'), Buffer.alloc(300, 0x2d)], String);
  for (let end = 0; end < body.byteLength; end += 1)
    await assert.rejects(
      statedParts(body.subarray(0, end), [40, 200]),
      (error) => error instanceof TryLater && /^DICOMWEB_(TRUNCATED|WRONG_BOUNDARY)$/.test(error.code),
      `cut at ${end}`,
    );
});

test('a truncated body is never a shorter list of parts', async () => {
  const body = bodyOf([Buffer.from('one'), Buffer.from('two'), Buffer.from('three')]);
  for (let end = 0; end < body.byteLength; end += 1) {
    await assert.rejects(
      parts(body.subarray(0, end), [7, 50]),
      (error) => error instanceof TryLater && /^DICOMWEB_(TRUNCATED|WRONG_BOUNDARY)$/.test(error.code),
      `cut at ${end}`,
    );
  }
});

test('a mutated body ends in parts or a named error', async () => {
  const body = bodyOf([Buffer.from('one'), Buffer.alloc(200, 0x2d), Buffer.from('three')]);
  const changes = fc.array(fc.tuple(fc.nat(body.byteLength - 1), fc.nat(255)), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(changes, cuts, async (mutations, places) => {
      const mutated = Buffer.from(body);
      for (const [at, value] of mutations) mutated[at] = value;
      await parts(mutated, places).catch((error) => assert.ok(error instanceof TryLater || error instanceof GiveUp, String(error)));
    }),
    { numRuns: 500, seed: 2 },
  );
});

const CODECS: readonly (readonly [name: string, program: string | null, args: readonly string[]])[] = [
  ['plain', null, []],
  ['deflated', 'dcmconv', ['+td']],
  ['RLE', 'dcmcrle', []],
  ['JPEG lossless', 'dcmcjpeg', []],
  ['JPEG 12 bit', 'dcmcjpeg', ['+ee']],
  ['JPEG-LS', 'dcmcjpls', []],
  ['JPEG 2000', 'gdcmconv', ['--j2k']],
];
for (const [name, program, args] of CODECS) {
  test(`a damaged file (${name}) ends in slices or a named error, and the next good file is read`, async (t) => {
    const path = program === null ? null : tool(program);
    if (path === undefined) return t.skip(`${program} is not installed`);
    const plain = makeSliceFile(0, { pixels: patternPixels(24, 31, 1), attributes: { Rows: 24, Columns: 31 } });
    const good = path === null ? plain : await convert(path, [...args, 'IN', 'OUT'], plain);
    const change = fc.tuple(fc.integer({ min: 128, max: good.byteLength - 1 }), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(
        fc.array(change, { minLength: 1, maxLength: 4 }),
        fc.option(fc.integer({ min: 0, max: good.byteLength })),
        async (mutations, end) => {
          const damaged = Uint8Array.from(good.subarray(0, end ?? good.byteLength));
          for (const [at, value] of mutations) if (at < damaged.byteLength) damaged[at] = value;
          await instanceToSlices(damaged, { maxDecodedBytes: 2 ** 22 }).catch((error) =>
            assert.ok(error instanceof GiveUp && error.code.startsWith('DICOMWEB_'), String(error)),
          );
        },
      ),
      { numRuns: 150, seed: 3 },
    );
    assert.equal((await instanceToSlices(good, { maxDecodedBytes: 2 ** 22 })).length, 1);
  });
}
