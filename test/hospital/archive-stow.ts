/** STOW-RS of the stand-in archive: takes the parts, answers per instance as PS3.18 section 10.5.3 asks. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ArchiveIndex } from './archive-index.ts';

const CANNOT_UNDERSTAND = 0xc000;
const WRONG_STUDY = 0xa900;

export async function receiveStow(index: ArchiveIndex, study: string | undefined, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const boundary = /boundary="?([^";]+)"?/.exec(request.headers['content-type'] ?? '')?.[1];
  if (!boundary) return void response.writeHead(415).end();
  const stored: object[] = [];
  const failed: object[] = [];
  for (const bytes of split(Buffer.concat(chunks), boundary)) {
    const seen = index.read('', bytes, bytes);
    if (!seen) failed.push(row('', '', CANNOT_UNDERSTAND));
    else if (study && seen.keys['0020000D'] !== study) failed.push(row(seen.keys['00080016'] ?? '', seen.keys['00080018'] ?? '', WRONG_STUDY));
    else {
      index.add('', bytes, bytes);
      stored.push(row(seen.keys['00080016'] ?? '', seen.keys['00080018'] ?? ''));
    }
  }
  const body = {
    ...(stored.length > 0 ? { '00081199': { vr: 'SQ', Value: stored } } : {}),
    ...(failed.length > 0 ? { '00081198': { vr: 'SQ', Value: failed } } : {}),
  };
  const status = failed.length === 0 ? 200 : stored.length > 0 ? 202 : 409;
  response.writeHead(status, { 'content-type': 'application/dicom+json' }).end(JSON.stringify(body));
}

function row(sopClassUid: string, sopInstanceUid: string, reason?: number): object {
  return {
    '00081150': { vr: 'UI', Value: [sopClassUid] },
    '00081155': { vr: 'UI', Value: [sopInstanceUid] },
    ...(reason === undefined ? {} : { '00081197': { vr: 'US', Value: [reason] } }),
  };
}

function split(body: Buffer, boundary: string): Buffer[] {
  const delimiter = Buffer.from(`--${boundary}`);
  const parts: Buffer[] = [];
  for (let at = body.indexOf(delimiter); at >= 0; ) {
    const next = body.indexOf(delimiter, at + delimiter.byteLength);
    if (next < 0) break;
    const part = body.subarray(at + delimiter.byteLength + 2, next - 2);
    const blank = part.indexOf('\r\n\r\n');
    if (blank >= 0) parts.push(Buffer.from(part.subarray(blank + 4)));
    at = next;
  }
  return parts;
}
