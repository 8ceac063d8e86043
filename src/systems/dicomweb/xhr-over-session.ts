/** The part of XMLHttpRequest that dicomweb-client uses, over our own HTTP session (the library does not run in Node without one). */
import { later, never, statusFault } from './faults.ts';
import { type HttpSession, readAll } from './http-session.ts';

const OK = new Set([200, 202, 204, 206]);

export class XhrOverSession {
  readyState = 0;
  status = 0;
  response: unknown = null;
  responseType = '';
  withCredentials = false;
  onloadstart: (() => void) | null = null;
  onloadend: (() => void) | null = null;
  onprogress: (() => void) | null = null;
  onreadystatechange: (() => void) | null = null;
  /** Set when the call failed: the library only knows "request failed". */
  fault: unknown = undefined;
  /** Text of the answer, whatever its status: a STOW refusal carries its reasons in the body. */
  text = '';
  #method = 'GET';
  #url = '';
  #headers: Record<string, string> = {};
  #answerHeaders: Record<string, string> = {};
  readonly #session: HttpSession;
  readonly #maxBytes: number;
  readonly #abort = new AbortController();

  constructor(session: HttpSession, maxBytes: number) {
    this.#session = session;
    this.#maxBytes = maxBytes;
  }

  open(method: string, url: string): void {
    this.#method = method.toUpperCase();
    this.#url = eachFieldByItself(url);
  }

  setRequestHeader(name: string, value: string): void {
    this.#headers[name.toLowerCase()] = value;
  }

  getResponseHeader(name: string): string | null {
    return this.#answerHeaders[name.toLowerCase()] ?? null;
  }

  getAllResponseHeaders(): string {
    return Object.entries(this.#answerHeaders)
      .map(([name, value]) => `${name}: ${value}`)
      .join('\r\n');
  }

  abort(): void {
    this.#abort.abort();
  }

  send(data?: ArrayBuffer | Uint8Array): void {
    void this.#run(data === undefined ? undefined : new Uint8Array(data as ArrayBuffer)).catch((error: unknown) => {
      this.fault = error;
      this.status = 0;
      this.response = null;
      this.#done();
    });
  }

  async #run(body: Uint8Array | undefined): Promise<void> {
    const headers = { accept: 'application/dicom+json', ...this.#headers };
    const answer = await this.#session.send({ method: this.#method, url: this.#url, headers, body, signal: this.#abort.signal });
    for (const [name, value] of Object.entries(answer.headers)) this.#answerHeaders[name] = String(value);
    const encoding = answer.headers['content-encoding'];
    if (encoding && encoding !== 'identity') {
      answer.discard();
      throw later('DICOMWEB_ENCODED', 'answer', 'the archive compresses its answer although none was asked for (Content-Encoding)');
    }
    const bytes = await readAll(answer, this.#maxBytes, () => never('DICOMWEB_TOO_LARGE', 'answer', 'the archive’s answer is larger than allowed'));
    this.text = bytes.toString('utf8');
    this.status = answer.status;
    if (!OK.has(answer.status)) this.fault = statusFault(answer.status, answer.headers['retry-after']);
    else this.response = this.responseType === 'json' && answer.status !== 204 ? parseJson(this.text, answer.headers['content-type']) : this.text;
    this.#done();
  }

  #done(): void {
    this.readyState = 4;
    this.onreadystatechange?.();
    this.onloadend?.();
  }
}

function parseJson(text: string, contentType: string | undefined): unknown {
  const start = text.trimStart();
  // Orthanc answers an empty search with 200 and an empty list; some archives with 200 and nothing at all.
  if (start === '') return [];
  if (/html/i.test(contentType ?? '') || start.startsWith('<'))
    throw later(
      'DICOMWEB_LOGIN_PAGE',
      'parse',
      'the archive answers with a web page instead of DICOM JSON: is the address right, is a login needed?',
    );
  try {
    return JSON.parse(text);
  } catch (error) {
    throw later('DICOMWEB_NOT_JSON', 'parse', 'the archive’s answer is not JSON', { cause: error });
  }
}

/** The library writes a list of fields with %2C, which Orthanc takes for one field that it does not know; `includefield` may be repeated instead (PS3.18 8.3.4.3). */
function eachFieldByItself(url: string): string {
  return url.replace(/includefield=([^&]+)/, (_, list: string) =>
    list
      .split('%2C')
      .map((field) => `includefield=${field}`)
      .join('&'),
  );
}
