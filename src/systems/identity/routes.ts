/** Signing in: OpenID Connect for our own users, SMART App Launch 2.2 (EHR launch) from a card. Authorization code with PKCE, state and nonce. */
import express, { type Request, type Response, type Router } from 'express';
import * as oidc from 'openid-client';
import type { Log } from '#src/lib/log.ts';
import { csrfToken } from './same-site.ts';
import { rolesFrom, type SignedIn } from './signed-in.ts';
import './session.ts';

export interface IdentityOptions {
  readonly publicUrl: string;
  /** OpenID Connect issuer of our own users; null: only EHR launches. */
  readonly oidc: {
    readonly issuer: string;
    readonly clientId: string;
    readonly clientSecret: string;
    readonly roleClaim: string;
    readonly mock: boolean;
  } | null;
  /** FHIR bases whose EHR may launch us, with the client id that each gave. */
  readonly smart: readonly { readonly issuer: string; readonly clientId: string }[];
  /** http issuers on loopback (demo and tests). */
  readonly allowHttp: boolean;
  readonly log: Log;
}

/** Routes /login, /launch, /callback, /logout. Mount after the session. */
export function makeIdentityRouter(options: IdentityOptions): Router {
  const router = express.Router();
  router.get('/login', handled(options, startLogin));
  router.get('/launch', handled(options, startLaunch));
  router.get('/callback', handled(options, finish));
  router.post('/logout', (request, response) => {
    request.session.destroy(() => response.redirect(303, '/'));
  });
  return router;
}

type Handler = (options: IdentityOptions, request: Request, response: Response) => Promise<void>;

/** A refusal is told without a reason: the reason goes to the log as a code. */
function handled(options: IdentityOptions, handler: Handler): express.RequestHandler {
  return (request, response, next) => {
    handler(options, request, response).catch((error: unknown) => {
      options.log.warn('audit.event', {
        action: 'sign-in',
        outcome: error instanceof oidc.ClientError || error instanceof oidc.ResponseBodyError ? 'refused' : 'failed',
      });
      if (response.headersSent) return next(error);
      response.status(403).type('text').send('Signing in did not work. Please start again; if it fails twice, tell your administrator.\n');
    });
  };
}

async function startLogin(options: IdentityOptions, request: Request, response: Response): Promise<void> {
  if (!options.oidc) {
    response.status(404).type('text').send('Signing in here is not set up (OIDC_ISSUER). Open Backstop from a card in the EHR.\n');
    return;
  }
  const configuration = await configurationFor(options, options.oidc.issuer);
  await send(options, request, response, configuration, { issuer: options.oidc.issuer, scope: 'openid profile', smart: false, extra: {} });
}

/** An EHR launches us with `iss` and `launch`. An issuer that is not listed is refused: anybody's server could phish for tokens. */
async function startLaunch(options: IdentityOptions, request: Request, response: Response): Promise<void> {
  const issuer = String(request.query['iss'] ?? '').replace(/\/+$/, '');
  const launch = String(request.query['launch'] ?? '');
  if (launch === '' || !options.smart.some((one) => one.issuer === issuer)) {
    options.log.warn('audit.event', { action: 'smart-launch', outcome: 'unknown-issuer' });
    response.status(403).type('text').send('This EHR is not known here.\n');
    return;
  }
  const configuration = await configurationFor(options, issuer);
  await send(options, request, response, configuration, { issuer, scope: 'launch openid fhirUser', smart: true, extra: { launch, aud: issuer } });
}

interface Asked {
  readonly issuer: string;
  readonly scope: string;
  readonly smart: boolean;
  readonly extra: Readonly<Record<string, string>>;
}

async function send(options: IdentityOptions, request: Request, response: Response, configuration: oidc.Configuration, asked: Asked): Promise<void> {
  const pending = {
    verifier: oidc.randomPKCECodeVerifier(),
    state: oidc.randomState(),
    nonce: oidc.randomNonce(),
    issuer: asked.issuer,
    returnTo: asked.smart ? '/' : localPath(request.query['returnTo']),
    smart: asked.smart,
  };
  request.session.pending = pending;
  const url = oidc.buildAuthorizationUrl(configuration, {
    redirect_uri: `${options.publicUrl}/callback`,
    scope: asked.scope,
    code_challenge: await oidc.calculatePKCECodeChallenge(pending.verifier),
    code_challenge_method: 'S256',
    state: pending.state,
    nonce: pending.nonce,
    ...asked.extra,
  });
  await saved(request);
  response.redirect(303, url.href);
}

async function finish(options: IdentityOptions, request: Request, response: Response): Promise<void> {
  const pending = request.session.pending;
  if (!pending) {
    response.redirect(303, '/');
    return;
  }
  // One try for each: a failed callback cannot be tried again with another code.
  delete request.session.pending;
  const configuration = await configurationFor(options, pending.issuer);
  const tokens = await oidc.authorizationCodeGrant(configuration, new URL(request.originalUrl, options.publicUrl), {
    pkceCodeVerifier: pending.verifier,
    expectedState: pending.state,
    expectedNonce: pending.nonce,
    idTokenExpected: true,
  });
  const user = userFrom(options, pending, tokens.claims() ?? {}, tokens);
  // A new session id at sign-in, so that an id planted before is worth nothing.
  await new Promise<void>((resolve, reject) => request.session.regenerate((error: unknown) => (error ? reject(error as Error) : resolve())));
  request.session.user = user;
  request.session.startedAt = Date.now();
  // Made now and not with the first page: a form may come back before that page's session was stored.
  csrfToken(request);
  await saved(request);
  options.log.info('audit.event', { action: 'sign-in', outcome: pending.smart ? 'ehr-launch' : 'signed-in' });
  response.redirect(303, pending.smart ? launchedPage(tokens['appContext']) : pending.returnTo);
}

/** The browser follows a redirect at once: the session must be in the database before the answer leaves. */
function saved(request: Request): Promise<void> {
  return new Promise((resolve, reject) => request.session.save((error: unknown) => (error ? reject(error as Error) : resolve())));
}

function userFrom(
  options: IdentityOptions,
  pending: { readonly smart: boolean; readonly issuer: string },
  claims: Readonly<Record<string, unknown>>,
  tokens: Readonly<Record<string, unknown>>,
): SignedIn {
  const text = (name: string): string => (typeof claims[name] === 'string' ? claims[name] : '');
  if (pending.smart) {
    const patient = typeof tokens['patient'] === 'string' ? tokens['patient'] : null;
    const who = text('fhirUser') || text('sub');
    return {
      id: /^https?:\/\//.test(who) ? who : `${pending.issuer}/${who}`,
      name: text('name') || 'EHR user',
      roles: [],
      patient: patient === null ? null : { issuer: pending.issuer, reference: `Patient/${patient}` },
      mock: false,
    };
  }
  return {
    id: text('sub'),
    name: text('name') || text('preferred_username') || text('sub'),
    roles: rolesFrom(claims, options.oidc?.roleClaim ?? 'roles'),
    patient: null,
    mock: options.oidc?.mock ?? false,
  };
}

const known = new WeakMap<IdentityOptions, Map<string, Promise<oidc.Configuration>>>();

/** Discovery, once for each issuer; a failed one is tried again at the next sign-in. */
async function configurationFor(options: IdentityOptions, issuer: string): Promise<oidc.Configuration> {
  const cache = known.get(options) ?? new Map<string, Promise<oidc.Configuration>>();
  known.set(options, cache);
  const found = cache.get(issuer) ?? (issuer === options.oidc?.issuer ? discoverOidc(options) : discoverSmart(options, issuer));
  cache.set(issuer, found);
  found.catch(() => cache.delete(issuer));
  return await found;
}

function insecure(options: IdentityOptions): { execute: ((configuration: oidc.Configuration) => void)[] } | undefined {
  return options.allowHttp ? { execute: [oidc.allowInsecureRequests] } : undefined;
}

async function discoverOidc(options: IdentityOptions): Promise<oidc.Configuration> {
  if (!options.oidc) throw new RangeError('no OpenID Connect issuer');
  return await oidc.discovery(
    new URL(options.oidc.issuer),
    options.oidc.clientId,
    options.oidc.clientSecret || undefined,
    undefined,
    insecure(options),
  );
}

/** SMART's own discovery document (App Launch 2.2, section 4): public client, PKCE. */
async function discoverSmart(options: IdentityOptions, issuer: string): Promise<oidc.Configuration> {
  const client = options.smart.find((one) => one.issuer === issuer);
  if (!client) throw new RangeError('an EHR that is not listed');
  const answer = await fetch(`${issuer}/.well-known/smart-configuration`, {
    headers: { accept: 'application/json' },
    redirect: 'error',
    signal: AbortSignal.timeout(10_000),
  });
  if (!answer.ok) throw new RangeError(`SMART configuration: HTTP ${answer.status}`);
  const metadata = (await answer.json()) as { issuer?: string };
  const configuration = new oidc.Configuration({ ...metadata, issuer: metadata.issuer ?? issuer }, client.clientId, undefined, oidc.None());
  if (options.allowHttp) oidc.allowInsecureRequests(configuration);
  return configuration;
}

/**
 * A card's link names its case as `appContext`, which the EHR hands on beside the token (CDS Hooks, "Link"); some EHRs drop it: then the
 * patient's cases. Who may see the case is asked there, as for any other visitor.
 */
function launchedPage(appContext: unknown): string {
  return typeof appContext === 'string' && CASE_ID.test(appContext) ? `/cases/${appContext}` : '/patient';
}

const CASE_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Only a path of ours, never another site: `//evil.example` and `/\evil` are none. */
function localPath(value: unknown): string {
  return typeof value === 'string' && /^\/(?![/\\])[\w./?=&%:-]*$/.test(value) ? value : '/';
}
