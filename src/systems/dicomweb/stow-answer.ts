/** The answer to a STOW-RS request (PS3.18 section 10.5.3): which instances were stored and why others failed. A 202 looks like success: the body tells. */
import type { StoreOutcome } from '#src/ports.ts';
import { type JsonDataset, number, text } from './dicom-json.ts';

const REASONS: Readonly<Record<number, string>> = {
  0x0110: 'processing failure',
  0x0122: 'SOP class not supported',
  0x0124: 'not authorized',
  0x0131: 'duplicate SOP instance',
  0xa700: 'out of resources',
  0xa710: 'out of resources',
  0xa770: 'out of resources',
  0xa900: 'data set does not match the SOP class',
  0xc000: 'cannot understand',
  0xc122: 'transfer syntax not supported',
};

/** `sent` are the UIDs of the request: one that the answer does not name at all is a failure. */
export function readStowAnswer(body: string, sent: readonly string[]): StoreOutcome {
  const rows = body.trimStart().startsWith('<') ? fromXml(body) : fromJson(body);
  const stored = rows.stored.filter((uid) => sent.includes(uid));
  const failed = rows.failed.filter((row) => sent.includes(row.sopInstanceUid) && !stored.includes(row.sopInstanceUid));
  const isNamed = (uid: string) => stored.includes(uid) || failed.some((row) => row.sopInstanceUid === uid);
  const unnamed = sent.filter((uid) => !isNamed(uid)).map((uid) => ({ sopInstanceUid: uid, because: 'the archive’s answer does not mention it' }));
  return { stored, failed: [...failed, ...unnamed] };
}

interface Rows {
  readonly stored: readonly string[];
  readonly failed: readonly { readonly sopInstanceUid: string; readonly because: string }[];
}

function fromJson(body: string): Rows {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return { stored: [], failed: [] };
  }
  const dataset = (Array.isArray(parsed) ? parsed[0] : parsed) as JsonDataset | undefined;
  const items = (tag: string) => (dataset?.[tag]?.Value ?? []) as readonly JsonDataset[];
  return {
    stored: items('00081199').map((item) => text(item, '00081155')),
    failed: items('00081198').map((item) => ({ sopInstanceUid: text(item, '00081155'), because: reason(number(item, '00081197')) })),
  };
}

/** Native DICOM Model XML: only three attributes matter, read without an XML library and without entities. */
function fromXml(body: string): Rows {
  const sequence = (tag: string) =>
    [...body.matchAll(new RegExp(`tag="${tag}"[\\s\\S]*?(?=tag="0008119[89]"|$)`, 'g'))].map((found) => found[0]).join(' ');
  const uids = (part: string) => [...part.matchAll(/tag="00081155"[^>]*>\s*<Value[^>]*>\s*([0-9.]+)/g)].map((found) => found[1]!);
  return { stored: uids(sequence('00081199')), failed: uids(sequence('00081198')).map((uid) => ({ sopInstanceUid: uid, because: reason(null) })) };
}

function reason(code: number | null): string {
  if (code === null) return 'refused without a reason';
  return `${REASONS[code] ?? REASONS[code & 0xff00] ?? 'refused'} (${code.toString(16).padStart(4, '0').toUpperCase()})`;
}
