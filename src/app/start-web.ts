/** Role `web`: pages, CDS Hooks and health. */
import type { Config } from '../config.ts';
import type { Log } from '../lib/log.ts';
import { loadPolicy } from '../load-policy.ts';
import { recordAnswer } from '../steps/record-answer.ts';
import { showCard } from '../steps/show-card.ts';
import { makeCdsRouter } from '../systems/cds-hooks/routes.ts';
import { trustProfile } from '../systems/cds-hooks/trust-profile.ts';
import { makeCardIndex } from '../systems/postgres/card-index.ts';
import { makeJtiStore } from '../systems/postgres/jti-store.ts';
import { startWebServer } from '../web/server.ts';
import { type Data, type Running, systemClock } from './open-data.ts';

/** Pages, CDS Hooks and health. Holds no model and asks no archive: a hook only reads what is there. */
export async function startWeb(config: Config, data: Data, log: Log, version: string): Promise<Running> {
  const policy = loadPolicy(config.POLICY_FILE || undefined);
  const cards = makeCardIndex(data.pool);
  return await startWebServer({
    host: config.WEB_HOST,
    port: config.WEB_PORT,
    log,
    isReady: async () => ((await data.pool.query('SELECT 1')).rowCount ?? 0) === 1,
    routers: (publicUrl) => [
      makeCdsRouter({
        version,
        profiles: [],
        unsigned: config.CDS_SANDBOX ? sandboxProfile(config) : null,
        demo: config.CDS_SANDBOX,
        origins: config.CDS_ALLOWED_ORIGINS,
        place: {
          publicUrl,
          site: config.SITE,
          casePage: (id) => `${publicUrl}/cases/${id}`,
          picture: (id) => `${publicUrl}/cases/${id}/key-image.png`,
          launchUrl: null,
          allowHttp: config.CDS_SANDBOX,
        },
        showCard: (question) => showCard({ store: data.store, clock: systemClock, policy }, question),
        recordAnswer: (answer) => recordAnswer({ store: data.store, cards }, answer),
        cards,
        jtiStore: makeJtiStore(data.pool),
        clock: systemClock,
        log,
      }),
    ],
    publicUrl: config.PUBLIC_URL,
  });
}

/** Callers without a token, in the demo and public sandboxes: they may reach the configured health record and nothing else. */
function sandboxProfile(config: Config) {
  return trustProfile(
    {
      name: 'sandbox',
      kind: 'sandbox',
      issuer: 'https://sandbox.cds-hooks.org',
      keys: { jwks: { keys: [] } },
      fhirServers: config.FHIR_URL === '' ? [] : [config.FHIR_URL],
    },
    true,
  );
}
