/** dicomweb-client behind one function: every call gets its own request object, a deadline, and one of our faults when it fails. */
import { api } from 'dicomweb-client';
import { later } from './faults.ts';
import type { HttpSession } from './http-session.ts';
import { XhrOverSession } from './xhr-over-session.ts';

type Library = InstanceType<typeof api.DICOMwebClient>;
/** What the library takes per call: the part of the browser's XMLHttpRequest that it uses. */
interface CallOptions {
  readonly request: { readonly instance: XhrOverSession };
}

export interface LibraryCalls {
  /** Runs one call of the library (its types are wrong for most answers). `onRefusal` may turn a refusal's body into an answer. */
  call(run: (library: Library, options: CallOptions) => unknown, onRefusal?: (text: string, status: number) => unknown): Promise<unknown>;
}

export function makeLibraryCalls(url: string, session: HttpSession, maxAnswerBytes: number): LibraryCalls {
  // verbose: false, or the library prints whole answers (patient data) to the console.
  const library = new api.DICOMwebClient({ url, verbose: false, singlepart: false });
  return {
    async call(run, onRefusal) {
      const xhr = new XhrOverSession(session, maxAnswerBytes);
      try {
        return await run(library, { request: { instance: xhr } });
      } catch (error) {
        const refusal = xhr.status >= 400 ? onRefusal?.(xhr.text, xhr.status) : undefined;
        if (refusal !== undefined) return refusal;
        throw xhr.fault ?? later('DICOMWEB_SERVER_ERROR', 'answer', 'the archive’s answer could not be used', { cause: error });
      }
    },
  };
}
