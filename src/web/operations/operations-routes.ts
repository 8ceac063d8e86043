/** The integrator's routes: the state of everything, the dry run of a replay, the replay, and the mute of a known cause. Each change is in the audit trail. */
import express, { type Request, type Router } from 'express';
import type { ProofState } from '#src/lib/proof.ts';
import type { AuditTrail, CaseBrowser, Clock, TrailEntry } from '#src/ports.ts';
import { type Answer, field, type Pages, rowOf } from '../page.ts';
import type { Viewer } from '../viewer.ts';
import { type ChainState, chainWatch } from './chain-watch.ts';
import { type OperationsParts, operationsPage } from './operations-page.ts';
import { replayPage } from './replay-page.ts';
import type { ReplayPort } from './replay-port.ts';

export interface OperationsOptions {
  readonly pages: Pages;
  readonly browser: CaseBrowser;
  readonly trail: AuditTrail;
  readonly replay: ReplayPort;
  readonly unusable: () => Promise<OperationsParts['unusable']>;
  readonly mutes: { list(): Promise<OperationsParts['mutes']>; mute(code: string, until: Date, byName: string, trail: TrailEntry): Promise<void> };
  readonly proof: () => Promise<ProofState>;
  readonly queueCounts: () => Promise<OperationsParts['queues']>;
  readonly clock: Clock;
}

const CODE = /^[A-Z0-9_]{1,60}$/;
const DONE = ['replay', 'mute', 'unmute'];

export function makeOperationsRouter(options: OperationsOptions): Router {
  const { pages } = options;
  const chain = chainWatch(options.trail.chain, options.clock);
  const router = express.Router();
  router.get(
    '/operations',
    pages.for(['ops'], (_viewer, request) => show(options, chain, request)),
  );
  router.get(
    '/operations/replay',
    pages.for(['ops'], (_viewer, request) => plan(options, request)),
  );
  router.post(
    '/operations/replay',
    pages.for(['ops'], (viewer, request) => replay(options, viewer, request)),
  );
  router.post(
    '/operations/mute',
    pages.for(['ops'], (viewer, request) => mute(options, viewer, request)),
  );
  return router;
}

async function show(options: OperationsOptions, chain: () => Promise<ChainState>, request: Request): Promise<Answer> {
  const [feeds, states, stopped, unusable, mutes, queues, log, chainState, proof] = await Promise.all([
    options.browser.feeds(),
    options.browser.stateCounts(),
    options.browser.stoppedByCause(),
    options.unusable(),
    options.mutes.list(),
    options.queueCounts(),
    options.trail.list(DONE, 20),
    chain(),
    options.proof(),
  ]);
  const told = toldWords(request);
  const csrf = options.pages.csrf(request);
  return {
    title: 'Operations',
    body: operationsPage({ feeds, states, stopped, unusable, mutes, queues, log, chain: chainState, proof, now: options.clock.now(), csrf, told }),
  };
}

function toldWords(request: Request): string {
  const found = /^(\d{1,6})\.(\d{1,6})\.(\d{1,6})$/.exec(String(request.query['replayed'] ?? ''));
  return found ? `Replayed: ${found[1]} started again, ${found[2]} read differently, ${found[3]} left as they are.` : '';
}

const badCause: Answer = { title: 'No such cause', body: operationsHint(), status: 404 };

function operationsHint() {
  return replayPage('', [], '');
}

async function plan(options: OperationsOptions, request: Request): Promise<Answer> {
  const cause = String(request.query['cause'] ?? '');
  if (!CODE.test(cause)) return badCause;
  return { title: `Replay of ${cause}`, body: replayPage(cause, await options.replay.plan(cause), options.pages.csrf(request)) };
}

async function replay(options: OperationsOptions, viewer: Viewer, request: Request): Promise<Answer> {
  const cause = field(request, 'cause');
  const message = field(request, 'message');
  if (!CODE.test(cause)) return badCause;
  const counts = await options.replay.run(cause, message === '' ? null : message, (id) => rowOf(viewer, 'replay-case', id, cause));
  await options.pages.note(
    viewer,
    'replay',
    null,
    `${cause}, ${message === '' ? 'all' : 'one message'}: ${counts.started} started again, ${counts.changed} read differently, ${counts.left} left`,
  );
  return { goTo: `/operations?replayed=${counts.started}.${counts.changed}.${counts.left}` };
}

async function mute(options: OperationsOptions, viewer: Viewer, request: Request): Promise<Answer> {
  const cause = field(request, 'cause');
  const hours = Number(field(request, 'hours'));
  if (!CODE.test(cause) || !(hours >= 0 && hours <= 24 * 14)) return badCause;
  const trail = rowOf(viewer, hours > 0 ? 'mute' : 'unmute', null, hours > 0 ? `${cause} for ${hours} h` : cause);
  await options.mutes.mute(cause, new Date(options.clock.now().getTime() + hours * 3_600_000), viewer.name, trail);
  return { goTo: '/operations' };
}
