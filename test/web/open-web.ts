/** The web role in this process, on a database of its own, with a mock identity provider that signs in whoever the test says. */
import { OAuth2Server } from 'oauth2-mock-server';
import { openData } from '#src/app/open-data.ts';
import { startWeb } from '#src/app/start-web.ts';
import { readConfig } from '#src/config.ts';
import { makeLog } from '#src/lib/log.ts';
import type { Pool } from '#src/systems/postgres/pool.ts';
import { asRole, testDatabase } from '#test/database.ts';

export interface OpenWeb {
  readonly url: string;
  readonly pool: Pool;
  readonly databaseUrl: string;
  readonly provider: OAuth2Server;
  /** Who signs in next, with which roles. */
  become(name: string, roles: readonly string[]): void;
  close(): Promise<void>;
}

export interface OpenWebOptions {
  readonly settings?: Readonly<Record<string, string>>;
}

export async function openWeb(options: OpenWebOptions = {}): Promise<OpenWeb> {
  const database = await testDatabase();
  const user = await asRole(database, 'web');
  const provider = new OAuth2Server();
  await provider.issuer.keys.generate('RS256');
  await provider.start(0, '127.0.0.1');
  provider.issuer.url = `http://127.0.0.1:${provider.address().port}`;
  let person = { name: 'Nobody', roles: [] as readonly string[] };
  provider.service.on('beforeTokenSigning', (token: { payload: Record<string, unknown> }) => {
    Object.assign(token.payload, { sub: person.name.toLowerCase().replaceAll(' ', '-'), name: person.name, roles: person.roles });
  });
  const config = readConfig({
    DATABASE_URL: user.url,
    WEB_PORT: '0',
    OIDC_ISSUER: provider.issuer.url,
    OIDC_MOCK: 'true',
    LOG_LEVEL: 'silent',
    ...options.settings,
  });
  const log = makeLog({ level: 'silent' });
  const data = openData(config, user.url, log, 'web');
  const web = await startWeb(config, data, log, 'test');
  return {
    url: `http://127.0.0.1:${web.port}`,
    pool: database.pool,
    databaseUrl: database.url,
    provider,
    become: (name, roles) => {
      person = { name, roles };
    },
    close: async () => {
      await web.close();
      await data.close();
      await provider.stop();
      await user.drop();
      await database.close();
    },
  };
}
