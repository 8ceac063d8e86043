/** `oidc-provider`, a certified OpenID Connect provider, on loopback: signs in whoever the test says, with real interactions, keys that can be changed, and id tokens that can be bent. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodeJwt, exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';
import Provider, { type Context } from 'oidc-provider';

export interface ConformingProvider {
  readonly issuer: string;
  /** Who signs in next; null: says no. */
  person: { readonly sub: string; readonly name: string; readonly roles: readonly string[] } | null;
  /** Changes the claims of the next id tokens; they are then signed with the provider's own key, or with `forge`'s. */
  bend: ((claims: Record<string, unknown>) => void) | null;
  forge: boolean;
  /** From now on another key signs, and the old one is gone. */
  changeKey(): Promise<void>;
  /** Token requests so far, as they came. */
  readonly asked: URLSearchParams[];
  close(): Promise<void>;
}

const CLIENT = { id: 'backstop', secret: 'a-secret-of-at-least-thirty-two-characters' } as const;

export { CLIENT as CONFORMING_CLIENT };

async function newKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  return { ...(await exportJWK(privateKey)), kid: `k${Math.random()}`, use: 'sig', alg: 'RS256' };
}

export async function startConformingProvider(redirectUris: () => readonly string[]): Promise<ConformingProvider> {
  let handle: ReturnType<Provider['callback']> = () => Promise.resolve();
  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let key = await newKey();
  const other = await newKey();
  const self: ConformingProvider = {
    issuer,
    person: null,
    bend: null,
    forge: false,
    asked: [],
    changeKey: async () => {
      key = await newKey();
      handle = make(self, redirectUris(), key, other);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  handle = (request, response) => {
    handle = make(self, redirectUris(), key, other);
    return handle(request, response);
  };
  return self;
}

function make(self: ConformingProvider, redirectUris: readonly string[], key: JWK, other: JWK): ReturnType<Provider['callback']> {
  const provider = new Provider(self.issuer, {
    clients: [
      {
        client_id: CLIENT.id,
        client_secret: CLIENT.secret,
        redirect_uris: [...redirectUris],
        response_types: ['code'],
        grant_types: ['authorization_code'],
      },
    ],
    jwks: { keys: [key] },
    cookies: { keys: ['a-key-of-the-test'] },
    pkce: { required: () => true },
    conformIdTokenClaims: false,
    claims: { openid: ['sub'], profile: ['name', 'roles'] },
    features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: true } },
    interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_context, id) => ({
      accountId: id,
      claims: () => Promise.resolve({ sub: id, name: self.person?.name, roles: self.person?.roles }),
    }),
  });
  provider.use(async (context, next) => {
    if (context.path.startsWith('/interaction/')) return await interact(provider, self, context);
    await next();
    const body: unknown = context.body;
    if (context.path !== '/token' || typeof body !== 'object' || body === null || !('id_token' in body)) return;
    self.asked.push(new URLSearchParams(context.oidc.body));
    const claims: Record<string, unknown> = decodeJwt(String(body.id_token));
    self.bend?.(claims);
    const by = self.forge ? { ...other, kid: key.kid ?? '' } : key;
    const token = new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: by.kid ?? '' });
    body.id_token = await token.sign(await importJWK(by, 'RS256'));
  });
  return provider.callback();
}

/** The person logs in and consents, or says no: what a login page would post. */
async function interact(provider: Provider, self: ConformingProvider, context: Context): Promise<void> {
  const details = await provider.interactionDetails(context.req, context.res);
  if (!self.person) {
    await provider.interactionFinished(context.req, context.res, { error: 'access_denied' });
  } else if (details.prompt.name === 'login') {
    await provider.interactionFinished(context.req, context.res, { login: { accountId: self.person.sub } });
  } else {
    const grant = new provider.Grant({ accountId: details.session?.accountId ?? '', clientId: String(details.params['client_id']) });
    grant.addOIDCScope('openid profile');
    await provider.interactionFinished(context.req, context.res, { consent: { grantId: await grant.save() } }, { mergeWithLastSubmission: true });
  }
  context.respond = false;
}
