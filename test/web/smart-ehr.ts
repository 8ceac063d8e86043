/** The EHR's half of a SMART launch: its discovery document in front of the hospital's mock provider, and the click on a card's link. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { OAuth2Server } from 'oauth2-mock-server';

export interface SmartEhr {
  readonly issuer: string;
  /** From now on this provider signs in, and names this patient and (if not null) the card's appContext. */
  launchWith(provider: OAuth2Server, context: { readonly patient: string; readonly appContext: string | null }): void;
  close(): Promise<void>;
}

export async function startSmartEhr(): Promise<SmartEhr> {
  let authorization = '';
  let context: Readonly<Record<string, string>> = {};
  let heard: OAuth2Server | null = null;
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json').end(
      JSON.stringify({
        issuer: authorization,
        authorization_endpoint: `${authorization}/authorize`,
        token_endpoint: `${authorization}/token`,
        jwks_uri: `${authorization}/jwks`,
        code_challenge_methods_supported: ['S256'],
        capabilities: ['launch-ehr', 'sso-openid-connect', 'context-ehr-patient', 'client-public'],
      }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    issuer: `http://127.0.0.1:${(server.address() as AddressInfo).port}/fhir`,
    launchWith: (provider, { patient, appContext }) => {
      authorization = provider.issuer.url ?? '';
      context = { patient, ...(appContext === null ? {} : { appContext }) };
      if (heard !== provider) {
        provider.service.on('beforeResponse', (answer: { body: Record<string, unknown> }) => Object.assign(answer.body, context));
      }
      heard = provider;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
