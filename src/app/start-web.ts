/** Role `web`: pages, CDS Hooks and health. Holds no model and asks no archive: a hook only reads what is there. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import express, { type Router } from 'express';
import type { Config } from '../config.ts';
import { GiveUp } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { proofState } from '../lib/proof.ts';
import { loadPolicy } from '../load-policy.ts';
import { asReviewed } from '../rules/as-reviewed.ts';
import type { Policy } from '../rules/policy.ts';
import { remeasure } from '../rules/remeasure.ts';
import { reviewedAddendum } from '../rules/reviewed-addendum.ts';
import { recordAnswer } from '../steps/record-answer.ts';
import { showCard } from '../steps/show-card.ts';
import { makeCdsRouter } from '../systems/cds-hooks/routes.ts';
import { readTrustFile } from '../systems/cds-hooks/trust-file.ts';
import { trustProfile } from '../systems/cds-hooks/trust-profile.ts';
import { makeIdentityRouter } from '../systems/identity/routes.ts';
import { csrfToken, sameSite } from '../systems/identity/same-site.ts';
import { sessionHandlers } from '../systems/identity/session.ts';
import { patientIn, type SignedIn } from '../systems/identity/signed-in.ts';
import { makeCardIndex } from '../systems/postgres/card-index.ts';
import { makeCardRows } from '../systems/postgres/card-rows.ts';
import { makeCaseBrowser } from '../systems/postgres/case-browser.ts';
import { makeAuditTrail, makeCaseLists } from '../systems/postgres/case-lists.ts';
import { makeDeliveries } from '../systems/postgres/deliveries.ts';
import { makeJtiStore } from '../systems/postgres/jti-store.ts';
import { lastProofs } from '../systems/postgres/proofs.ts';
import { makeMutes, unusableByCause } from '../systems/postgres/replay-by-cause.ts';
import { makeWakeUp } from '../systems/postgres/wake-up.ts';
import { makeFhirChangedRouter } from '../web/fhir-changed.ts';
import { makeHealthProofRouter } from '../web/health-proof.ts';
import { isCdsCall, isForm, isSignIn, limitRate } from '../web/rate-limit.ts';
import { refuseNul } from '../web/refuse-nul.ts';
import { makePagesRouter } from '../web/routes.ts';
import { type RunningWeb, startWebServer } from '../web/server.ts';
import type { Viewer } from '../web/viewer.ts';
import { makeAudit } from './audit.ts';
import { withKeyImages } from './key-images.ts';
import { type Data, systemClock } from './open-data.ts';
import { peopleAnswers } from './people-answers.ts';
import { replayCause } from './replay-cause.ts';
import { subscriptionSettings, WAKE_CHANNEL } from './subscription-settings.ts';

export async function startWeb(config: Config, data: Data, log: Log, version: string): Promise<RunningWeb> {
  const policy = loadPolicy(config.POLICY_FILE || undefined);
  return await startWebServer({
    host: config.WEB_HOST,
    port: config.WEB_PORT,
    tls: webTls(config),
    publicUrl: config.PUBLIC_URL,
    trustProxy: config.TRUST_PROXY,
    embedOrigins: config.EMBED_ORIGINS,
    log,
    isReady: async () => ((await data.pool.query('SELECT 1')).rowCount ?? 0) === 1,
    // The CDS services read raw bodies and have no session: they come first.
    routers: (publicUrl) => [
      limits(config),
      cdsRouter(config, data, log, version, policy, publicUrl),
      makeHealthProofRouter({ proof: proofOf(config, data), secret: config.HEALTH_SECRET }),
      ...fhirChanged(config, data, log),
      pages(config, data, log, publicUrl),
    ],
  });
}

function webTls({ WEB_TLS_CERT_FILE: certFile, WEB_TLS_KEY_FILE: keyFile }: Config) {
  if ((certFile === '') !== (keyFile === ''))
    throw new GiveUp('WEB_TLS_CERT_FILE and WEB_TLS_KEY_FILE belong together: one of them is empty', { code: 'CONFIG_FAULTY', phase: 'parse' });
  return certFile === '' ? null : { certFile, keyFile };
}

function cdsRouter(config: Config, data: Data, log: Log, version: string, policy: Policy, publicUrl: string): Router {
  const cards = makeCardIndex(data.pool);
  // A site without the channel `cds` is asked by its EHR in vain: no card.
  const cardRows = config.REFERRAL_CHANNELS.includes('cds') ? makeCardRows(data.pool) : () => Promise.resolve([]);
  return makeCdsRouter({
    version,
    profiles: trustedClients(config),
    unsigned: config.CDS_SANDBOX ? sandboxProfile(config) : null,
    demo: config.CDS_SANDBOX,
    origins: config.CDS_ALLOWED_ORIGINS,
    recordBases: [config.FHIR_URL, config.FHIR_PUBLIC_URL].filter((base) => base !== ''),
    place: {
      publicUrl,
      site: config.SITE,
      casePage: (id) => `${publicUrl}/cases/${id}`,
      picture: (id) => `${publicUrl}/cases/${id}/key-image.png`,
      launchUrl: config.SMART_ISSUERS.length > 0 ? `${publicUrl}/launch` : null,
      allowHttp: config.CDS_SANDBOX,
    },
    showCard: (question) => showCard({ store: { cardRows }, clock: systemClock, policy }, question),
    recordAnswer: (answer) => recordAnswer({ store: data.store, cards }, answer),
    cards,
    jtiStore: makeJtiStore(data.pool),
    clock: systemClock,
    log,
  });
}

function limits(config: Config): Router {
  return express.Router().use(
    limitRate(config.RATE_SIGN_IN_PER_MINUTE, isSignIn),
    limitRate(config.RATE_CDS_PER_MINUTE, isCdsCall),
    limitRate(config.RATE_FORMS_PER_MINUTE, (method, path) => isForm(method) && !isCdsCall(method, path)),
  );
}

/** Nothing is at this address when the site does not subscribe. */
function fhirChanged(config: Config, data: Data, log: Log): readonly Router[] {
  const subscription = subscriptionSettings(config);
  return subscription ? [makeFhirChangedRouter({ secret: subscription.secret, wake: makeWakeUp(data.pool, WAKE_CHANNEL).call, log })] : [];
}

const proofOf = (config: Config, data: Data) => async () => proofState(await lastProofs(data.pool), config.PROOF_MINUTES, systemClock.now());

function trustedClients(config: Config) {
  if (config.CDS_TRUST_FILE === '') return [];
  const read = readTrustFile(readFileSync(config.CDS_TRUST_FILE, 'utf8'), config.CDS_SANDBOX);
  if ('faults' in read) throw new GiveUp(`${config.CDS_TRUST_FILE} is faulty: ${read.faults.join('; ')}`, { code: 'CONFIG_FAULTY', phase: 'parse' });
  return read.profiles;
}

/** Callers without a token, in the demo and public sandboxes: they may reach the configured health record and nothing else. */
function sandboxProfile(config: Config) {
  const fhirServers = config.FHIR_URL === '' ? [] : [config.FHIR_URL];
  const link = config.SMART_ISSUERS.length > 0 ? ('smart' as const) : ('absolute' as const);
  return trustProfile({ name: 'sandbox', kind: 'custom', issuer: 'urn:backstop:sandbox', keys: { jwks: { keys: [] } }, fhirServers, link }, true);
}

/** Asked anew at each request, so that a session never outlives a change of the health record's address. */
function viewerOf(config: Config, user: SignedIn | undefined): Viewer | undefined {
  if (!user) return undefined;
  const { id, name, roles, mock } = user;
  return { id, name, roles, mock, patientReference: patientIn(config.FHIR_PUBLIC_URL || config.FHIR_URL, user) };
}

function pages(config: Config, data: Data, log: Log, publicUrl: string): Router {
  const router = express.Router();
  const secure = publicUrl.startsWith('https:');
  const secret = config.SESSION_SECRET || randomBytes(32).toString('base64url');
  router.use(
    ...sessionHandlers({ pool: data.pool, secret, idleMinutes: config.SESSION_IDLE_MINUTES, secure, embedded: config.EMBED_ORIGINS.length > 0 }),
  );
  router.use(express.urlencoded({ extended: false, limit: '256kb' }));
  router.use(refuseNul);
  router.use(sameSite(new URL(publicUrl).origin));
  router.use(
    makeIdentityRouter({
      publicUrl,
      oidc:
        config.OIDC_ISSUER === ''
          ? null
          : {
              issuer: config.OIDC_ISSUER,
              clientId: config.OIDC_CLIENT_ID,
              clientSecret: config.OIDC_CLIENT_SECRET,
              roleClaim: config.OIDC_ROLE_CLAIM,
              mock: config.OIDC_MOCK,
            },
      smart: config.SMART_ISSUERS.map((entry) => ({
        issuer: entry.slice(0, entry.lastIndexOf('=')),
        clientId: entry.slice(entry.lastIndexOf('=') + 1),
      })),
      allowHttp: config.OIDC_MOCK || config.OIDC_ALLOW_HTTP,
      log,
      signedIn: (userId, how) => makeAuditTrail(data.pool).add({ actor: userId, action: 'signed-in', caseId: null, detail: how }),
    }),
  );
  router.use(
    makePagesRouter({
      store: withKeyImages(data.store, async () => (await import('../systems/fracture-model/key-image.ts')).makeKeyImagePainter()),
      browser: makeCaseBrowser(data.pool),
      lists: makeCaseLists(data.pool),
      deliveries: makeDeliveries(data.pool).deliveries,
      trail: makeAuditTrail(data.pool),
      answer: peopleAnswers(data.store),
      remeasure: (finding, level, points, subject) => remeasure(finding, level, points, subject.facts.report.patient.sex),
      addendum: reviewedAddendum,
      reviewed: asReviewed,
      audit: makeAudit(data.pool, () => systemClock.now()),
      replay: replayCause(data, config),
      unusable: () => unusableByCause(data.pool),
      mutes: makeMutes(data.pool),
      queueCounts: () => data.jobs.counts(),
      proof: proofOf(config, data),
      viewers: { viewerOf: (request) => viewerOf(config, request.session.user), csrfToken },
      clock: systemClock,
      htmxFile: createRequire(import.meta.url).resolve('htmx.org/dist/htmx.min.js'),
      viewerUrl: config.VIEWER_URL,
    }),
  );
  return router;
}
