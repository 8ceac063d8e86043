/** Signing out, here and at the provider. */
import type { Request, Response } from 'express';
import * as oidc from 'openid-client';
import type { IdentityOptions } from './identity-options.ts';
import { configurationFor } from './issuers.ts';
import './session.ts';

/**
 * Ends the session here, and then at the provider where it offers that (OpenID Connect RP-Initiated Logout 1.0): on a shared computer the next person
 * would else be signed in as the last one. By a page and not by a redirect, because our own pages' forms may lead nowhere else.
 */
export async function signOut(options: IdentityOptions, request: Request, response: Response): Promise<void> {
  const { idToken } = request.session;
  await new Promise<void>((resolve) => request.session.destroy(() => resolve()));
  const elsewhere = idToken && options.oidc && !options.oidc.mock ? await endSessionUrl(options, options.oidc.issuer, idToken) : null;
  if (elsewhere === null) response.redirect(303, '/');
  else response.set('Cache-Control', 'no-store').type('html').send(signedOutPage(elsewhere));
}

/** Null when the provider offers none, or cannot be asked: signed out here is signed out here. */
async function endSessionUrl(options: IdentityOptions, issuer: string, idToken: string): Promise<string | null> {
  try {
    const configuration = await configurationFor(options, issuer);
    return configuration.serverMetadata().end_session_endpoint ? oidc.buildEndSessionUrl(configuration, { id_token_hint: idToken }).href : null;
  } catch {
    return null;
  }
}

function signedOutPage(url: string): string {
  const address = url.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Signed out - Backstop</title><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="0;url=${address}"><link rel="stylesheet" href="/static/backstop.css"></head>
<body><main><h1>Signed out</h1><p>You are signed out of Backstop. <a href="${address}">Sign out at the sign-in service too</a>.</p></main></body></html>\n`;
}
