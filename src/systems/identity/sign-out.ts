/** Signing out, here and at the provider. */
import type { Request, Response } from 'express';
import * as oidc from 'openid-client';
import type { IdentityOptions } from './identity-options.ts';
import { configurationFor } from './issuers.ts';
import { plainPage } from './plain-page.ts';
import './session.ts';

const page = (url: string): string =>
  plainPage('Signed out', 'You are signed out of Backstop.', { url, words: 'Sign out at the sign-in service too', atOnce: true });

/**
 * Ends the session here, and then at the provider where it offers that (OpenID Connect RP-Initiated Logout 1.0): on a shared computer the next person
 * would else be signed in as the last one. By a page and not by a redirect, because our own pages' forms may lead nowhere else.
 */
export async function signOut(options: IdentityOptions, request: Request, response: Response): Promise<void> {
  const { idToken } = request.session;
  await new Promise<void>((resolve) => request.session.destroy(() => resolve()));
  const elsewhere = idToken && options.oidc && !options.oidc.mock ? await endSessionUrl(options, options.oidc.issuer, idToken) : null;
  if (elsewhere === null) response.redirect(303, '/');
  else response.set('Cache-Control', 'no-store').type('html').send(page(elsewhere));
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
