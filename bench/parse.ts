/**
 * From the bytes of a message to a report in our words, against other people's parsers alone (text to their tree, no report made of it):
 * node-hl7-client, @medplum/core and hl7v2. Rounds interleaved in one run; processor time.
 */
import { createRequire } from 'node:module';
import { Hl7Message } from '@medplum/core';
import { Message } from 'node-hl7-client';
import { decodeMessage } from '#src/systems/hl7/charset.ts';
import { parseMessage } from '#src/systems/hl7/message.ts';
import { oruToReport } from '#src/systems/hl7/oru-to-report.ts';
import { profile } from '#test/systems/hl7/with-listener.ts';
import { type Spread, spread } from './median.ts';
import { reportMessage } from './report-message.ts';

/** Loaded without its types: they bring the browser's library into the whole project. */
const { HL7Message } = createRequire(import.meta.url)('hl7v2') as {
  readonly HL7Message: { parse(text: string): { readonly segments: { readonly length: number } } };
};

const ROUNDS = 9;
const EACH = 150;
/** A listener runs for weeks: what its first thousand messages cost, before the code is compiled, is no part of the figure. The same for all. */
const WARM_ROUNDS = 20;

interface ParseBench {
  /** Ours over the fastest of the others, messages a second. */
  readonly ratio: number;
  readonly fastest: string;
  readonly perSecond: Readonly<Record<string, Spread>>;
  readonly bytes: number;
}

/** The sum of what was read, so that no reader's work can be left out as unused. */
type Reader = (bytes: Buffer) => number;

const source = profile();
const READERS: Readonly<Record<string, Reader>> = {
  ours: (bytes) => {
    const decoded = decodeMessage(bytes, '');
    const parsed = parseMessage(decoded.text);
    const { report } = oruToReport(parsed!, source, decoded.charset, decoded.flags);
    if (report?.text.includes('T8') !== true || report.accession === null) throw new Error('the report was not read');
    return report.text.length;
  },
  // It cuts a segment only when it is asked for, so every field is asked for.
  'node-hl7-client': (bytes) =>
    new Message({ text: bytes.toString('utf8') })
      .toArray()
      .flatMap((segment) => segment.toArray())
      .reduce((sum, node) => sum + node.toRaw().length, 0),
  '@medplum/core': (bytes) => Hl7Message.parse(bytes.toString('utf8')).segments.length,
  hl7v2: (bytes) => HL7Message.parse(bytes.toString('utf8')).segments.length,
};

export function benchParse(): ParseBench {
  const messages = Array.from({ length: EACH }, (_, n) => reportMessage(`P${n}`));
  const rates: Record<string, number[]> = Object.fromEntries(Object.keys(READERS).map((name) => [name, []]));
  for (let round = -WARM_ROUNDS; round < ROUNDS; round += 1) {
    for (const [name, read] of Object.entries(READERS)) {
      const before = process.cpuUsage();
      let sum = 0;
      for (const message of messages) sum += read(message);
      const { user, system } = process.cpuUsage(before);
      if (sum === 0) throw new Error(`${name} read nothing`);
      if (round >= 0) rates[name]?.push((EACH * 1e6) / (user + system));
    }
  }
  const perSecond = Object.fromEntries(Object.entries(rates).map(([name, values]) => [name, spread(values)]));
  const others = Object.entries(perSecond).filter(([name]) => name !== 'ours');
  const [fastest, best] = others.reduce((a, b) => (b[1].median > a[1].median ? b : a));
  return { ratio: perSecond['ours']!.median / best.median, fastest, perSecond, bytes: messages[0]!.length };
}

if (import.meta.main) console.log(JSON.stringify(benchParse(), null, 2));
