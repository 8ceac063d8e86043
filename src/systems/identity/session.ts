/** Sessions in PostgreSQL. The cookie holds an opaque id; nothing of the identity provider reaches the browser. */
import connectPgSimple from 'connect-pg-simple';
import type { RequestHandler } from 'express';
import session from 'express-session';
import type pg from 'pg';
import type { SignedIn } from './signed-in.ts';

declare module 'express-session' {
  interface SessionData {
    user?: SignedIn;
    csrf?: string;
    /** Between /login (or /launch) and /callback. */
    pending?: {
      readonly verifier: string;
      readonly state: string;
      readonly nonce: string;
      readonly issuer: string;
      readonly returnTo: string;
      readonly smart: boolean;
    };
    startedAt?: number;
    /** The id token of this sign-in, to name the session when its owner signs out at the provider too. */
    idToken?: string;
  }
}

export interface SessionOptions {
  readonly pool: pg.Pool;
  readonly secret: string;
  readonly idleMinutes: number;
  /** https, so that the cookie is `Secure`. */
  readonly secure: boolean;
  /** The EHR shows our pages in a frame: the cookie must then be SameSite=None and partitioned, which needs https. */
  readonly embedded: boolean;
}

const ABSOLUTE_HOURS = 12;

export function sessionHandlers(options: SessionOptions): readonly RequestHandler[] {
  const Store = connectPgSimple(session);
  const store = new Store({ pool: options.pool, schemaName: 'backstop', tableName: 'session', pruneSessionInterval: 900, errorLog: () => undefined });
  const cookies = session({
    store,
    name: options.secure ? '__Host-backstop' : 'backstop',
    secret: options.secret,
    resave: false,
    saveUninitialized: false,
    rolling: true,
    proxy: options.secure,
    cookie: {
      httpOnly: true,
      path: '/',
      secure: options.secure,
      maxAge: options.idleMinutes * 60_000,
      ...(options.embedded ? { sameSite: 'none', partitioned: true } : { sameSite: 'lax' }),
    },
  });
  const notForever: RequestHandler = (request, _response, next) => {
    const started = request.session.startedAt;
    // A new, empty session in its place: what comes after asks it who is there, and finds nobody.
    if (started !== undefined && Date.now() - started > ABSOLUTE_HOURS * 3_600_000) request.session.regenerate(next);
    else next();
  };
  return [cookies, notForever];
}
