/** A CDS client that signs its calls, for the tests of trust. */
import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { type TrustProfile, type TrustSettings, trustProfile } from '#src/systems/cds-hooks/trust-profile.ts';
import { NOW, PUBLIC_URL } from './setup.ts';

export const ISSUER = 'https://ehr.test/oauth';
export const HOOK_URL = `${PUBLIC_URL}/cds-services/vertebral-fracture-patient-view`;
const SECONDS = NOW.getTime() / 1000;

export interface Client {
  readonly profile: TrustProfile;
  readonly publicJwk: JWK;
  /** A good token; what is given replaces or (undefined) removes a claim or header member. */
  sign(claims?: Readonly<Record<string, unknown>>, header?: Readonly<Record<string, unknown>>): Promise<string>;
}

export async function makeClient(settings: Partial<TrustSettings> = {}, alg = 'ES384'): Promise<Client> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const publicJwk = { ...(await exportJWK(publicKey)), kid: 'k+/0=', alg };
  const profile = trustProfile({ name: 'ehr', kind: 'custom', issuer: ISSUER, keys: { jwks: { keys: [publicJwk] } }, ...settings }, true);
  return {
    profile,
    publicJwk,
    sign: (claims = {}, header = {}) => {
      const payload = { iss: profile.issuer, aud: HOOK_URL, iat: SECONDS, exp: SECONDS + 300, jti: randomUUID(), ...claims };
      return new SignJWT(JSON.parse(JSON.stringify(payload)))
        .setProtectedHeader(JSON.parse(JSON.stringify({ alg, kid: 'k+/0=', typ: 'JWT', ...header })))
        .sign(privateKey);
    },
  };
}
