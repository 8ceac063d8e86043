/** CDS Hooks over HTTP: discovery, the services, feedback and the integrator's guide (CDS Hooks 2.0.1, with the harmless parts of 3.0). */
import express, { type Request, type Response, type Router } from 'express';
import type { CardAnswer } from '#src/case/card.ts';
import type { Log } from '#src/lib/log.ts';
import type { CardIndex, Clock, JtiStore } from '#src/ports.ts';
import { corsFor } from './cors.ts';
import { answersIn, type Deadline } from './deadline.ts';
import { errorHandler, nameOf } from './error-handler.ts';
import { readFeedback } from './feedback.ts';
import { GUIDE_CSP, guidePage } from './guide-page.ts';
import { type HookTools, hookCall } from './hook-call.ts';
import { type Fault, operationOutcome, Refusal } from './operation-outcome.ts';
import { parseHookRequest } from './request.ts';
import { cdsServices } from './services.ts';
import { type ShownCards, shownCards } from './shown-cards.ts';
import type { TrustProfile } from './trust-profile.ts';
import { makeTokenVerifier } from './verify-token.ts';

export interface CdsOptions extends Pick<HookTools, 'showCard' | 'fetch' | 'recordBases'> {
  readonly place: HookTools['place'];
  /** Version of this server (semver), in discovery. */
  readonly version: string;
  readonly profiles: readonly TrustProfile[];
  /** Demo only: the profile of callers without a token. */
  readonly unsigned: TrustProfile | null;
  readonly demo: boolean;
  /** Browser origins that may call. */
  readonly origins: readonly string[];
  readonly recordAnswer: (answer: CardAnswer) => Promise<'recorded' | 'repeated' | 'unknown-card'>;
  readonly cards: Pick<CardIndex, 'remember'>;
  readonly jtiStore: JtiStore;
  readonly clock: Clock;
  readonly log: Log;
  /** The hook answers 503 after this time (default 450 ms): a chart never waits for us. */
  readonly deadlineMs?: number;
}

/** Mount at the root of the web application, before any session or body parser. Throws RangeError on demo trust outside the demo. */
export function makeCdsRouter(options: CdsOptions): Router {
  if (!options.demo && (options.unsigned || options.place.allowHttp || options.profiles.some((p) => p.kind === 'sandbox'))) {
    throw new RangeError('unsigned calls, plain http and the public sandbox are for the demo only');
  }
  const mayBeCalled = options.profiles.length > 0 || options.unsigned !== null;
  const url = options.demo ? /^https?:\/\/[^?#]+[^/]$/ : /^https:\/\/[^?#]+[^/]$/;
  if (mayBeCalled && !url.test(options.place.publicUrl)) {
    throw new RangeError('publicUrl must be an https URL without a slash at its end');
  }
  const router = express.Router();
  const services = cdsServices(options.version);
  const verify = callerOf(options);
  const memory = shownCards(options.cards);
  const body = express.raw({ type: () => true, limit: '5mb' });
  const fromBrowsers = corsFor(options.origins, options.demo, 'POST');
  // The hook stands first: it is the one call that somebody waits for.
  router.post('/cds-services/:id', fromBrowsers, body, answersIn(options.deadlineMs ?? 450, hookHandler(options, verify, memory)));
  router.post('/cds-services/:id/feedback', fromBrowsers, body, answersIn(10_000, feedbackHandler(options, verify, memory)));
  router.options(['/cds-services/:id', '/cds-services/:id/feedback'], fromBrowsers);
  router.all('/cds-services', corsFor(options.origins, options.demo, 'GET'));
  router.get('/cds-services', (_request, response) => void response.json({ services }));
  router.get('/cds-services/guide', (_request, response) => {
    response.type('html').set('Content-Security-Policy', GUIDE_CSP).send(guidePage(options, services));
  });
  router.use('/cds-services', (_request, _response, next) => next(notFound()));
  router.use('/cds-services', errorHandler(options.log));
  return router;
}

type Handler = (request: Request, response: Response, deadline: Deadline) => Promise<void>;

function hookHandler(options: CdsOptions, verify: Caller, memory: ShownCards): Handler {
  const services = cdsServices(options.version);
  const tools: HookTools = { ...options, now: () => options.clock.now() };
  return async (request, response, deadline) => {
    const started = performance.now();
    const profile = await verify(request);
    const service = services.find(({ id }) => id === request.params.id);
    if (!service) throw notFound();
    const asked = parseHookRequest(json(request), service.hook, options.place.allowHttp);
    const { cards, shown, otherRecord } = await hookCall(tools, asked, profile, deadline.signal);
    if (deadline.passed) return;
    const forgotten = shown ? await memory.show(shown.uuid, shown.caseId) : null;
    if (forgotten)
      options.log.error('fault.unexpected', { where: 'cds-hooks/card-index', name: nameOf(forgotten.fault), code: 'CDS_CARD_NOT_REMEMBERED' });
    if (deadline.passed) return;
    const ms = Math.round(performance.now() - started);
    // No ETag: the answer to a POST is never asked for again.
    response.setHeader('Cache-Control', 'no-store');
    response.setHeader('Server-Timing', `total;dur=${ms}`);
    response.setHeader('Content-Type', 'application/json; charset=utf-8');
    response.end(JSON.stringify({ cards }));
    options.log.info('cds.hook', { hook: service.hook, cards: cards.length, status: 200, ms });
    if (otherRecord) options.log.warn('cds.other-record', { hook: service.hook, client: profile.name });
    if (shown) options.log.info('cds.card', { caseId: shown.caseId, hook: service.hook, ms });
  };
}

function feedbackHandler(options: CdsOptions, verify: Caller, memory: ShownCards): Handler {
  const services = cdsServices(options.version);
  return async (request, response, deadline) => {
    const profile = await verify(request);
    if (!services.some(({ id }) => id === request.params.id)) throw notFound();
    const { answers, faults } = readFeedback(json(request), profile, options.clock.now());
    const refused: Fault[] = [...faults];
    let failure: unknown;
    // In order: two answers of one batch may be about one case.
    for (const answer of answers) {
      try {
        await memory.beforeAnswer(answer.cardUuid);
        const unknown = (await options.recordAnswer(answer)) === 'unknown-card';
        if (unknown) refused.push({ code: 'not-found', diagnostics: 'a card that was not shown from here; the other rows are kept' });
        options.log.info('cds.feedback', { outcome: answer.outcome, accepted: unknown ? 0 : 1, refused: unknown ? 1 : 0 });
      } catch (cause) {
        failure ??= cause;
      }
    }
    // Every row has had its turn; the client sends all of them again, and those that are stored change nothing then.
    if (failure !== undefined) throw failure;
    if (answers.length === 0 && faults.length > 0) throw new Refusal(400, 'CDS_BAD_FEEDBACK', faults);
    if (!deadline.passed) response.status(200).json(refused.length === 0 ? {} : operationOutcome(refused, 'warning'));
  };
}

/** 'CDS_NO_TOKEN': a bearer token that is no JWT. */
const NOT_OURS = ['CDS_NO_TOKEN', 'CDS_MALFORMED_TOKEN', 'CDS_UNKNOWN_ISSUER'];

type Caller = (request: Request) => Promise<TrustProfile>;

function callerOf(options: CdsOptions): Caller {
  const verify = makeTokenVerifier(options);
  return async (request) => {
    const authorization = request.get('authorization');
    if (authorization === undefined && options.unsigned) return options.unsigned;
    // The endpoint's name comes from our configuration and never from the Host header.
    const endpoint = `${options.place.publicUrl}${request.baseUrl}${request.path}`;
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    try {
      return await verify({ authorization, endpoint, method: request.method, body });
    } catch (cause) {
      // Demo: who may call without a token may also call with one that is not for us. A bad token of a listed issuer stays refused.
      if (options.unsigned && cause instanceof Refusal && NOT_OURS.includes(cause.code)) return options.unsigned;
      throw cause;
    }
  };
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

function json(request: Request): unknown {
  if (!/^application\/(\w+\+)?json\b/i.test(request.get('content-type') ?? '')) {
    throw new Refusal(415, 'CDS_NOT_JSON', [{ code: 'structure', diagnostics: 'application/json expected' }]);
  }
  try {
    return JSON.parse(UTF8.decode(request.body));
  } catch {
    throw new Refusal(400, 'CDS_NOT_JSON', [{ code: 'structure', diagnostics: 'the body is not JSON' }]);
  }
}

function notFound(): Refusal {
  return new Refusal(404, 'CDS_NO_SUCH_SERVICE', [{ code: 'not-found', diagnostics: 'no such service; see GET /cds-services' }]);
}
