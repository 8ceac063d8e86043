/** Faults of who asked, as express and its body parser throw them: they carry a status of their own, and are no fault of ours. */

export interface ClientFault {
  readonly status: number;
  readonly title: string;
  readonly sentence: string;
}

const WORDS: Readonly<Record<number, readonly [title: string, sentence: string]>> = {
  404: ['Nothing here', 'There is nothing at this address.'],
  413: ['Too much', 'What was sent is too large.'],
  415: ['Not understood', 'What was sent is written in a way that is not understood here.'],
  416: ['No such part', 'There is no such part of this file.'],
};
const ANY = ['Not understood', 'What was sent could not be read.'] as const;

/** Null: the fault is ours. Our own words only: a library's message repeats what was sent. */
export function clientFault(error: unknown): ClientFault | null {
  const { status, expose } = error instanceof Error ? (error as { status?: unknown; expose?: unknown }) : {};
  // http-errors say with `expose` that the caller may know; the router's URIError (an address that is not UTF-8) does not.
  const isTheirs = expose === true || error instanceof URIError;
  if (!isTheirs || typeof status !== 'number' || status < 400 || status > 499) return null;
  const [title, sentence] = WORDS[status] ?? ANY;
  return { status, title, sentence };
}
