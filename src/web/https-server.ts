/** The web process's server: plain behind a proxy or on loopback, or with TLS of its own, whose files are read again when they change. */
import { readFileSync, statSync } from 'node:fs';
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer, type ServerOptions } from 'node:https';
import { createSecureContext } from 'node:tls';
import { GiveUp } from '#src/lib/errors.ts';

export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

const TLS_CHECK_MS = 60_000;

export interface WebListener {
  readonly server: Server;
  /** Reads the files now; false when they cannot be used (the old ones stay). */
  reload(): boolean;
}

/** Throws GiveUp WEB_TLS_FILES when the files cannot be used at the start. `failed` is told when they later cannot be. */
export function makeServer(listener: RequestListener, tls: TlsFiles | null, failed: () => void): WebListener {
  if (!tls) return { server: createHttpServer(listener), reload: () => true };
  const server = createHttpsServer(tlsOptions(tls), listener);
  const reload = (): boolean => {
    try {
      server.setSecureContext(tlsOptions(tls));
      return true;
    } catch {
      failed();
      return false;
    }
  };
  let stamp = stampOf(tls);
  const timer = setInterval(() => {
    const now = stampOf(tls);
    if (now !== stamp) reload();
    stamp = now;
  }, TLS_CHECK_MS).unref();
  server.once('close', () => clearInterval(timer));
  return { server, reload };
}

function tlsOptions({ certFile, keyFile }: TlsFiles): ServerOptions {
  try {
    const material = { cert: readFileSync(certFile), key: readFileSync(keyFile) };
    createSecureContext(material);
    return { ...material, minVersion: 'TLSv1.2' };
  } catch (cause) {
    throw new GiveUp('the TLS files of the web server cannot be used', { code: 'WEB_TLS_FILES', phase: 'connect', cause });
  }
}

function stampOf({ certFile, keyFile }: TlsFiles): string {
  return [certFile, keyFile]
    .map((file) => {
      const stat = statSync(file, { throwIfNoEntry: false });
      return stat ? `${stat.mtimeMs}:${stat.size}:${stat.ino}` : 'missing';
    })
    .join(' ');
}
