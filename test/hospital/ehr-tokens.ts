/** Token endpoint of the stand-in EHR: SMART Backend Services (client_credentials with a signed assertion, opaque tokens). */
import { randomUUID } from 'node:crypto';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';

export interface EhrClient {
  readonly clientId: string;
  readonly jwks: JSONWebKeySet;
  /** Seconds a token lives. */
  readonly expiresIn?: number;
}

export class Tokens {
  /** How many tokens were given out. */
  issued = 0;
  readonly #alive = new Set<string>();
  readonly #used = new Set<string>();
  readonly #client: EhrClient;

  constructor(client: EhrClient) {
    this.#client = client;
  }

  /** HTTP status and body for a form-encoded request. `tokenUrl` must be the assertion's audience. */
  async issue(form: URLSearchParams, tokenUrl: string): Promise<{ status: number; body: object }> {
    const refuse = (error: string) => ({ status: 400, body: { error } });
    if (form.get('grant_type') !== 'client_credentials') return refuse('unsupported_grant_type');
    if (!form.get('scope')) return refuse('invalid_scope');
    if (form.get('client_assertion_type') !== 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer') return refuse('invalid_client');
    try {
      const { payload } = await jwtVerify(form.get('client_assertion') ?? '', createLocalJWKSet(this.#client.jwks), {
        issuer: this.#client.clientId,
        subject: this.#client.clientId,
        audience: tokenUrl,
        algorithms: ['RS384', 'ES384'],
        maxTokenAge: '5 minutes',
        requiredClaims: ['jti', 'exp', 'iat'],
      });
      if (this.#used.has(String(payload.jti))) return refuse('invalid_client');
      this.#used.add(String(payload.jti));
    } catch {
      return refuse('invalid_client');
    }
    const token = randomUUID();
    this.#alive.add(token);
    this.issued += 1;
    return { status: 200, body: { access_token: token, token_type: 'bearer', expires_in: this.#client.expiresIn ?? 300, scope: form.get('scope') } };
  }

  accepts(authorization: string | undefined): boolean {
    return this.#alive.has((authorization ?? '').replace(/^Bearer /i, ''));
  }

  /** From now on every token given out so far is refused. */
  revokeAll(): void {
    this.#alive.clear();
  }
}
