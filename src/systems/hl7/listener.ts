/** The MLLP door: a server for one source. Every whole message is committed before it is acknowledged; nothing else may end or fill the process. */
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, TLSSocket, type Server as TlsServer } from 'node:tls';
import type { Log } from '#src/lib/log.ts';
import type { Clock, Intake } from '#src/ports.ts';
import { Connection, type Flow } from './connection.ts';
import { LISTENER_LIMITS, type ListenerLimits } from './listener-limits.ts';
import { plainAddress, rulesForPeer } from './sender-rules.ts';
import type { SourceProfile } from './source-profile.ts';
import { readTlsOptions, tlsFilesStamp } from './tls-files.ts';

const TLS_CHECK_MS = 60_000;

export interface ListenerOptions {
  readonly profile: SourceProfile;
  readonly intake: Intake;
  readonly log: Log;
  readonly clock: Clock;
  /** Instead of the profile's, for tests and the demo (0 = any free one). */
  readonly port?: number;
  readonly limits?: Partial<ListenerLimits>;
}

export interface Listener {
  readonly port: number;
  /** Stops accepting, finishes and answers what has arrived, then ends the connections. */
  close(): Promise<void>;
  /** Reads the certificate files again; also done by itself within a minute of a change. False when the new files are unusable: the old ones stay. */
  reloadCertificates(): boolean;
}

/** Rejects when the port is taken or the TLS files are unusable. */
export async function startListener(options: ListenerOptions): Promise<Listener> {
  const { profile, log } = options;
  const limits = { ...LISTENER_LIMITS, maxFrameBytes: profile.maxMessageBytes, ...options.limits };
  const flow: Flow = { inFlightBytes: 0, unfinishedBytes: 0, waiting: new Set() };
  const open = new Map<Connection, string>();
  const isFull = (address: string): boolean =>
    open.size >= limits.maxConnections || [...open.values()].filter((other) => other === address).length >= limits.maxConnectionsPerAddress;

  const accept = (socket: Socket): void => {
    const address = plainAddress(socket.remoteAddress ?? '');
    const rules = rulesForPeer(profile.senders, { address, certificate: certificateOf(socket) });
    const code = isFull(address) ? 'HL7_TOO_MANY_CONNECTIONS' : rules?.length === 0 ? 'HL7_PEER_NOT_ALLOWED' : null;
    if (code !== null) {
      log.warn('listener.refused', { source: profile.name, code, ack: 'none' });
      socket.on('error', () => {}).destroy();
      return;
    }
    const origin = { profile, remoteAddress: address, rules };
    const connection = new Connection(socket, { intake: options.intake, log, clock: options.clock, limits, origin, flow });
    open.set(connection, address);
    void connection.finished.then(() => open.delete(connection));
    log.info('listener.connection', { source: profile.name, open: open.size });
  };

  const server = makeServer(profile, accept, (code) => log.warn('listener.refused', { source: profile.name, code, ack: 'none' }));
  // More than our own caps, which count only connections that have shaken hands: a wall behind the wall.
  server.maxConnections = limits.maxConnections * 2;
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await listen(server, options.port ?? profile.port, profile.host);
  const certificates = profile.tls
    ? watchCertificates(server as TlsServer, profile.tls, (code) => log.error('fault.unexpected', { where: 'hl7-listener', name: 'GiveUp', code }))
    : null;
  const { port } = server.address() as AddressInfo;
  log.info('listener.ready', { source: profile.name, port, tls: profile.tls !== undefined });
  return {
    port,
    close: () => {
      certificates?.stop();
      return drain(server, open, sockets, limits.drainMs);
    },
    reloadCertificates: () => certificates?.reload() ?? false,
  };
}

function certificateOf(socket: Socket): ReturnType<TLSSocket['getPeerCertificate']> | null {
  return socket instanceof TLSSocket && socket.authorized ? socket.getPeerCertificate() : null;
}

function makeServer(profile: SourceProfile, accept: (socket: Socket) => void, refuse: (code: string) => void): Server {
  // A sender may close its side after the last message and still read the answer.
  if (!profile.tls) return createServer({ allowHalfOpen: true }, accept);
  const server = createTlsServer({ ...readTlsOptions(profile.tls), allowHalfOpen: true, handshakeTimeout: 10_000 }, accept);
  server.on('tlsClientError', (_error, socket) => {
    refuse('HL7_TLS_HANDSHAKE');
    socket.destroy();
  });
  return server;
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      // Errors of a listening server (too many open files) concern one connection: the others go on.
      server.on('error', () => {});
      resolve();
    });
  });
}

function watchCertificates(
  server: TlsServer,
  tls: NonNullable<SourceProfile['tls']>,
  failed: (code: string) => void,
): { reload(): boolean; stop(): void } {
  let stamp = tlsFilesStamp(tls);
  const reload = (): boolean => {
    try {
      server.setSecureContext(readTlsOptions(tls));
      return true;
    } catch {
      failed('HL7_TLS_FILES');
      return false;
    }
  };
  const timer = setInterval(() => {
    const now = tlsFilesStamp(tls);
    if (now !== stamp) reload();
    stamp = now;
  }, TLS_CHECK_MS).unref();
  return { reload, stop: () => clearInterval(timer) };
}

async function drain(server: Server, open: ReadonlyMap<Connection, string>, sockets: ReadonlySet<Socket>, drainMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const connections = [...open.keys()];
  for (const connection of connections) connection.drain();
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      for (const connection of connections) connection.destroy();
      resolve();
    }, drainMs);
  });
  await Promise.race([Promise.all(connections.map((connection) => connection.finished)), tooLong]);
  clearTimeout(timer);
  // What is left never finished its TLS handshake.
  for (const socket of sockets) socket.destroy();
  await closed;
}
