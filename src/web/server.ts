/** The web process's HTTP server: health, the routers that app.ts hands over, and what is said when nothing is there or something broke. */
import type { AddressInfo } from 'node:net';
import express, { type ErrorRequestHandler, type Request, type RequestHandler, type Response, type Router } from 'express';
import helmet from 'helmet';
import { html } from 'hono/html';
import type { Log } from '#src/lib/log.ts';
import { clientFault } from './client-fault.ts';
import { makeServer, type TlsFiles } from './https-server.ts';
import { renderPage } from './layout.ts';

export interface WebOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Null: plain http, for loopback or behind a proxy. */
  readonly tls?: TlsFiles | null;
  /** Empty: http(s)://host:port. */
  readonly publicUrl: string;
  /** How many proxies before us are believed when they say where a request came from. */
  readonly trustProxy?: number;
  /** Origins that may show the pages in a frame. */
  readonly embedOrigins: readonly string[];
  readonly log: Log;
  /** False or a rejection makes /health/ready answer 503. */
  readonly isReady: () => Promise<boolean>;
  /** Made when the address is known, because cards carry absolute links. */
  readonly routers: (publicUrl: string) => readonly Router[];
}

export interface RunningWeb {
  readonly port: number;
  /** Reads the TLS files now instead of at the next look; false when they cannot be used. */
  reloadTls(): boolean;
  /** Answers what is under way, then closes. */
  close(): Promise<void>;
}

/** Rejects when the address is taken. */
export async function startWebServer(options: WebOptions): Promise<RunningWeb> {
  const app = express();
  app.disable('x-powered-by');
  app.set('trust proxy', options.trustProxy ?? 0);
  app.use(
    helmet({
      contentSecurityPolicy: {
        useDefaults: false,
        directives: {
          'default-src': ["'none'"],
          'style-src': ["'self'"],
          'script-src': ["'self'"],
          'img-src': ["'self'"],
          'connect-src': ["'self'"],
          'form-action': ["'self'"],
          'base-uri': ["'none'"],
          'frame-ancestors': options.embedOrigins.length > 0 ? ["'self'", ...options.embedOrigins] : ["'none'"],
        },
      },
      referrerPolicy: { policy: 'no-referrer' },
    }),
  );
  app.get('/health/live', (_request, response) => void response.json({ status: 'live' }));
  app.get('/health/ready', (_request, response) => {
    options.isReady().then(
      (ready) => response.status(ready ? 200 : 503).json({ status: ready ? 'ready' : 'not ready' }),
      () => response.status(503).json({ status: 'not ready' }),
    );
  });
  app.use(noted(options.log));
  const { server, reload } = makeServer(app, options.tls ?? null, () =>
    options.log.error('fault.unexpected', { where: 'web', name: 'GiveUp', code: 'WEB_TLS_FILES' }),
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const publicUrl = (options.publicUrl || `${options.tls ? 'https' : 'http'}://${options.host}:${port}`).replace(/\/+$/, '');
  for (const router of options.routers(publicUrl)) app.use(router);
  app.use((request, response) => told(request, response, 404, 'Nothing here', 'There is nothing at this address.'));
  app.use(lastResort(options.log));
  options.log.info('web.ready', { port });
  return {
    port,
    reloadTls: reload,
    close: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      });
    },
  };
}

/** Method, route pattern, status and time of each request: the pattern and never the address, which may hold an id. */
function noted(log: Log): RequestHandler {
  return (request, response, next) => {
    const started = performance.now();
    response.once('close', () => {
      const route = request.route ? `${request.baseUrl}${String(request.route.path)}` : 'none';
      log.info('web.request', { method: request.method, route, status: response.statusCode, ms: Math.round(performance.now() - started) });
    });
    next();
  };
}

function lastResort(log: Log): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    const theirs = clientFault(error);
    if (theirs && !response.headersSent) return told(request, response, theirs.status, theirs.title, theirs.sentence);
    log.error('fault.unexpected', { where: 'web', name: error instanceof Error ? error.name : typeof error, code: 'WEB_UNEXPECTED' });
    if (response.headersSent) next(error);
    else told(request, response, 500, 'Something went wrong', 'Something went wrong here. It was noted; please try again.');
  };
}

/** One sentence in the house's frame for a browser, as text for a program. Nothing of the fault or of the address is in it. */
function told(request: Request, response: Response, status: number, title: string, sentence: string): void {
  const asText = () => void response.status(status).type('text').send(`${sentence}\n`);
  response.set('Cache-Control', 'no-store');
  // htmx puts the sentence into the page that stands.
  if (request.accepts(['text', 'html']) !== 'html' || request.get('hx-request') === 'true') return asText();
  renderPage({ title, body: html`<p class="note warn">${sentence}</p>`, viewer: undefined, csrf: '', path: '' }).then(
    (page) => void response.status(status).type('html').send(page),
    asText,
  );
}
