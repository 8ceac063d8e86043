/** Signing in: OpenID Connect for our own users, SMART App Launch 2.2 (EHR launch) from a card. Authorization code with PKCE, state and nonce. */
import express, { type Request, type Response, type Router } from 'express';
import * as oidc from 'openid-client';
import type { IdentityOptions } from './identity-options.ts';
import { configurationFor, forgetIssuer } from './issuers.ts';
import { plainPage } from './plain-page.ts';
import { csrfToken } from './same-site.ts';
import { signOut } from './sign-out.ts';
import { rolesFrom, type SignedIn } from './signed-in.ts';
import './session.ts';

/** Routes /login, /launch, /callback, /logout. Mount after the session. */
export function makeIdentityRouter(options: IdentityOptions): Router {
  const router = express.Router();
  router.get('/login', handled(options, startLogin));
  router.get('/launch', handled(options, startLaunch));
  router.get('/callback', handled(options, finish));
  router.post('/logout', handled(options, signOut));
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
      response
        .status(403)
        .set('Cache-Control', 'no-store')
        .type('html')
        .send(plainPage('Signing in did not work', 'If it fails twice, tell your administrator.', { url: '/', words: 'Start again' }));
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
    response
      .status(403)
      .type('html')
      .send(plainPage('This EHR is not known here', 'Ask the administrator of Backstop to add it.', { url: '/', words: 'Start page' }));
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
  const tokens = await grant(options, pending.issuer, configuration, new URL(request.originalUrl, options.publicUrl), {
    pkceCodeVerifier: pending.verifier,
    expectedState: pending.state,
    expectedNonce: pending.nonce,
    idTokenExpected: true,
  });
  const claims = tokens.claims() ?? {};
  const user = userFrom(options, pending, claims, tokens);
  await options.signedIn(user.id, pending.smart ? 'ehr-launch' : 'provider');
  // A new session id at sign-in, so that an id planted before is worth nothing.
  await new Promise<void>((resolve, reject) => request.session.regenerate((error: unknown) => (error ? reject(error as Error) : resolve())));
  request.session.user = user;
  request.session.startedAt = Date.now();
  if (!pending.smart && tokens.id_token) request.session.idToken = tokens.id_token;
  // Made now and not with the first page: a form may come back before that page's session was stored.
  csrfToken(request);
  await saved(request);
  options.log.info('audit.event', { action: 'sign-in', outcome: pending.smart ? 'ehr-launch' : 'signed-in' });
  response.redirect(303, pending.smart ? launchedPage(tokens['appContext']) : pending.returnTo);
}

/** What is known of an issuer is asked for anew after a sign-in that it did not finish: its addresses may have moved. */
async function grant(options: IdentityOptions, issuer: string, ...asked: Parameters<typeof oidc.authorizationCodeGrant>) {
  try {
    return await oidc.authorizationCodeGrant(...asked);
  } catch (error) {
    forgetIssuer(options, issuer);
    throw error;
  }
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
