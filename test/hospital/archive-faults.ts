/** Faults that the stand-in archive can be asked for, as seen on real archives and the proxies in front of them. */
import type { IncomingMessage, ServerResponse } from 'node:http';

export type ArchiveFault =
  | { readonly kind: 'status'; readonly status: number; readonly headers?: Record<string, string> }
  | { readonly kind: 'login-page' }
  /** Answers nothing at all. */
  | { readonly kind: 'silence' }
  | { readonly kind: 'hang-up' }
  /** The right answer, but later. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** The request is carried out, and then answered with this status; null: the connection is cut instead. */
  | { readonly kind: 'done-but'; readonly status: number | null }
  /** Any head and body, written as they are; `thenHangUp` cuts the connection after them, `thenSilence` leaves it open. */
  | {
      readonly kind: 'raw';
      readonly headers: Record<string, string>;
      readonly chunks: readonly Uint8Array[];
      readonly after?: 'end' | 'hang-up' | 'silence';
    };

/** True when the fault has answered the request. */
export function applyFault(fault: ArchiveFault, request: IncomingMessage, response: ServerResponse): boolean {
  if (fault.kind !== 'done-but') request.resume();
  switch (fault.kind) {
    case 'status':
      response.writeHead(fault.status, fault.headers).end();
      return true;
    case 'login-page':
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<!DOCTYPE html><html><body><form>Log in</form></body></html>');
      return true;
    case 'delay':
    case 'done-but':
      return false;
    case 'silence':
      return true;
    case 'hang-up':
      request.socket.destroy();
      return true;
    case 'raw':
      response.writeHead(200, fault.headers);
      for (const chunk of fault.chunks) response.write(chunk);
      if (fault.after === 'hang-up') setImmediate(() => setTimeout(() => request.socket.destroy(), 20));
      else if (fault.after !== 'silence') response.end();
      return true;
  }
}
