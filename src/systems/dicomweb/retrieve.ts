/** WADO-RS retrieval (PS3.18 section 10.4), streaming: instances as stored, one at a time, each checked to be the DICOM file that was asked for. */
import type { IncomingHttpHeaders } from 'node:http';
import dicomParser from 'dicom-parser';
import { type DicomUid, dicomUid } from '#src/case/ids.ts';
import { later, never, statusFault } from './faults.ts';
import { type Answer, freeChunk, type HttpSession, readAll } from './http-session.ts';
import { boundaryOf, type MultipartLimits, type MultipartMemory, readMultipart } from './multipart-reader.ts';
import { SYNTAX } from './read-instance.ts';

export interface RetrievedInstance {
  readonly sopInstanceUid: DicomUid;
  readonly transferSyntax: string;
  readonly bytes: Buffer;
}

const DICOM = 'multipart/related; type="application/dicom"';
const AS_STORED = `${DICOM}; transfer-syntax=*`;
/** Answers with which archives refuse `transfer-syntax=*`; the default (Explicit VR Little Endian) is asked then. */
const REFUSES_AS_STORED = new Set([400, 406, 415, 501]);

export interface Retriever {
  /** Instances below a resource ("/studies/1/series/2"), each UID at most once, in memory from `take`. Throws by name for everything else. */
  instances(path: string, signal?: AbortSignal, take?: MultipartMemory['take']): AsyncGenerator<RetrievedInstance>;
}

export function makeRetriever(url: string, session: HttpSession, limits: MultipartLimits): Retriever {
  let acceptsAsStored = true;

  async function ask(path: string, signal: AbortSignal | undefined): Promise<Answer> {
    const send = (accept: string) => session.send({ method: 'GET', url: `${url}${path}`, headers: { accept }, signal });
    if (!acceptsAsStored) return send(DICOM);
    const answer = await send(AS_STORED);
    if (!REFUSES_AS_STORED.has(answer.status)) return answer;
    answer.discard();
    const second = await send(DICOM);
    acceptsAsStored = second.status !== 200;
    return second;
  }

  return {
    async *instances(path, signal, take) {
      const seen = new Set<string>();
      const answer = await ask(path, signal);
      for await (const bytes of files(answer, limits, take)) {
        const instance = identify(bytes);
        if (seen.has(instance.sopInstanceUid))
          throw never('DICOMWEB_DUPLICATE_UID', 'parse', 'the archive sends two instances with one SOPInstanceUID');
        seen.add(instance.sopInstanceUid);
        yield instance;
      }
    },
  };
}

async function* files(answer: Answer, limits: MultipartLimits, take: MultipartMemory['take'] = Buffer.allocUnsafeSlow): AsyncGenerator<Buffer> {
  try {
    checkHead(answer.status, answer.headers);
    const type = answer.headers['content-type'] ?? '';
    const boundary = boundaryOf(type);
    if (boundary) {
      for await (const part of readMultipart(answer.body, boundary, limits, { take, free: freeChunk })) yield part.bytes;
    } else if (/^application\/dicom\s*(;|$)/i.test(type)) {
      yield await readAll(answer, limits.maxPartBytes, () =>
        never('DICOMWEB_TOO_LARGE', 'answer', `one instance is larger than ${limits.maxPartBytes} bytes`),
      );
    } else {
      const isPage = /html/i.test(type);
      const text = isPage ? 'the archive answers with a web page instead of images: is a login needed?' : 'the archive’s answer is not multipart';
      throw later(isPage ? 'DICOMWEB_LOGIN_PAGE' : 'DICOMWEB_NOT_MULTIPART', 'parse', text);
    }
  } finally {
    answer.discard();
  }
}

function checkHead(status: number, headers: IncomingHttpHeaders): void {
  if (status === 404 || status === 410) throw later('DICOMWEB_INSTANCE_MISSING', 'answer', `the archive no longer has what it listed (${status})`);
  if (status !== 200) throw statusFault(status, headers['retry-after']);
  const encoding = headers['content-encoding'];
  if (encoding && encoding !== 'identity')
    throw later('DICOMWEB_ENCODED', 'answer', 'the archive compresses its answer although none was asked for (Content-Encoding)');
}

/** The UID of a file, from its first elements only. A deflated data set has to wait for the decoder: its meta header tells the UID. */
function identify(bytes: Buffer): RetrievedInstance {
  if (bytes.byteLength < 132 || bytes.toString('latin1', 128, 132) !== 'DICM')
    throw never('DICOMWEB_NOT_DICOM', 'parse', 'a part of the answer is not a DICOM file (no DICM prefix)');
  const { uid, transferSyntax } = readHead(bytes);
  const sopInstanceUid = dicomUid(uid);
  if (!sopInstanceUid) throw never('DICOMWEB_INVALID_UID', 'parse', 'an instance has an empty or invalid SOPInstanceUID (0008,0018)');
  return { sopInstanceUid, transferSyntax, bytes };
}

class Deflated extends Error {}
const refuseToInflate = () => {
  throw new Deflated();
};

function readHead(bytes: Buffer): { uid: string; transferSyntax: string } {
  try {
    const dataset = dicomParser.parseDicom(bytes, { untilTag: 'x00080018', inflater: refuseToInflate });
    return { uid: dataset.string('x00080018') ?? '', transferSyntax: dataset.string('x00020010') ?? '' };
  } catch (error) {
    if (error instanceof Deflated) return { uid: dicomParser.readPart10Header(bytes).string('x00020003') ?? '', transferSyntax: SYNTAX.deflated };
    throw never('DICOMWEB_NOT_DICOM', 'parse', 'a part of the answer is a damaged DICOM file', error);
  }
}
