/** The routes of annotation, below a key that only this run's address holds: for one reader on one machine. */
import { fileURLToPath } from 'node:url';
import express, { type Request, type Response, type Router } from 'express';
import { type AnnotatedVertebra, type Annotation, type Proposal, SIX_POINTS, type SixOnPicture } from '#src/case/annotation.ts';
import { LEVELS, type Level } from '#src/case/vertebra.ts';
import type { Markup } from '../layout.ts';
import { annotateDocument, studyList, studyPage } from './annotate-page.ts';

export interface AnnotatePorts {
  readonly studies: readonly { readonly study: string; readonly what: string }[];
  /** Null: the model saw no spine, there is no picture to mark. */
  proposal(study: string): Promise<{ readonly proposal: Proposal; readonly png: Uint8Array } | null>;
  mine(): Promise<Annotation>;
  save(annotation: Annotation): Promise<void>;
  /** For the adjudicator: who else marked the study, and what of it is in dispute; null for a reader. */
  disputes(study: string): Promise<{
    readonly others: readonly { readonly reader: string; readonly vertebrae: readonly AnnotatedVertebra[] }[];
    readonly levels: ReadonlyMap<Level, readonly string[]>;
  } | null>;
  readonly isBody: (points: SixOnPicture) => boolean;
}

export function makeAnnotateRouter(ports: AnnotatePorts, key: string): Router {
  const base = `/${key}`;
  const inner = express.Router();
  inner.use('/static', express.static(fileURLToPath(new URL('../static', import.meta.url)), { index: false }));
  inner.use(express.urlencoded({ extended: false, limit: '16kb' }));
  inner.get('/', (_request, response, next) => {
    const page = async (): Promise<void> => send(response, 'Studies to mark', base, studyList(base, await ports.mine(), ports.studies));
    page().catch(next);
  });
  inner.param('study', (_request, response, next, study: string) => {
    if (ports.studies.some((one) => one.study === study)) next();
    else response.status(404).type('text').send('There is no such study.\n');
  });
  inner.get('/study/:study', (request, response, next) => void showStudy(ports, base, request, response, '').catch(next));
  inner.get('/study/:study/picture.png', (request, response, next) => {
    ports
      .proposal(request.params.study)
      .then((one) => (one ? response.type('png').send(Buffer.from(one.png)) : response.sendStatus(404)))
      .catch(next);
  });
  inner.post('/study/:study/points', (request, response, next) => void savePoints(ports, base, request, response).catch(next));
  inner.post('/study/:study/finish', (request, response, next) => void finish(ports, base, request, response).catch(next));
  const router = express.Router();
  router.use(base, inner);
  return router;
}

async function send(response: Response, title: string, base: string, body: Markup, status = 200): Promise<void> {
  response
    .status(status)
    .set('Cache-Control', 'no-store')
    .type('html')
    .send(String(await annotateDocument(title, base, body)));
}

const studyOf = (request: Request): string => String(request.params['study']);
/** Nothing when what came is no form. */
const sentIn = (request: Request): Readonly<Record<string, unknown>> => (request.body as Record<string, unknown> | undefined) ?? {};
const levelIn = (value: unknown): Level | null => LEVELS.find((level) => level === value) ?? null;

async function showStudy(ports: AnnotatePorts, base: string, request: Request, response: Response, told: string, status = 200): Promise<void> {
  const study = studyOf(request);
  const stored = await ports.proposal(study);
  if (!stored) {
    response.status(422).type('text').send('The model sees no spine in these images: there is no straightened picture to mark.\n');
    return;
  }
  const disputed = await ports.disputes(study);
  const chosen = levelIn(request.query['level'] ?? sentIn(request)['level']);
  const parts = { base, proposal: stored.proposal, mine: await ports.mine(), chosen, told };
  const body = studyPage({ ...parts, others: disputed?.others ?? [], disputes: disputed?.levels ?? null });
  await send(response, `Study ${study}`, base, body, status);
}

function pointsIn(values: Readonly<Record<string, unknown>>, { columns, rows }: Proposal): SixOnPicture | null {
  const pairs = SIX_POINTS.map((name) => [name, [Number(values[`${name}-x`]), Number(values[`${name}-y`])]] as const);
  const isInside = pairs.every(([, [x, y]]) => x >= 0 && y >= 0 && x <= columns && y <= rows);
  return isInside ? (Object.fromEntries(pairs) as unknown as SixOnPicture) : null;
}

async function savePoints(ports: AnnotatePorts, base: string, request: Request, response: Response): Promise<void> {
  const study = studyOf(request);
  const values = sentIn(request);
  const level = levelIn(values['level']);
  const stored = await ports.proposal(study);
  if (!stored || level === null) {
    response.sendStatus(400);
    return;
  }
  const mine = await ports.mine();
  const rest = mine.vertebrae.filter((one) => one.study !== study || one.level !== level);
  const points = values['action'] === 'save' ? pointsIn(values, stored.proposal) : null;
  if (values['action'] === 'save' && (points === null || !ports.isBody(points))) {
    await showStudy(ports, base, request, response, 'Not saved: these six points make no vertebral body.', 400);
    return;
  }
  const mark = values['action'] === 'remove' ? [] : [{ study, level, points }];
  await ports.save({ ...mine, vertebrae: [...rest, ...mark] });
  const next = nextLevel(stored.proposal, [...rest, ...mark], level);
  response.redirect(303, `${base}/study/${study}${next ? `?level=${next}` : ''}`);
}

/** The next level down that the model found and the reader has not looked at. */
function nextLevel(proposal: Proposal, mine: readonly AnnotatedVertebra[], after: Level): Level | null {
  const open = proposal.bodies.map((one) => one.level).filter((level) => !mine.some((one) => one.study === proposal.study && one.level === level));
  return open.find((level) => LEVELS.indexOf(level) > LEVELS.indexOf(after)) ?? null;
}

async function finish(ports: AnnotatePorts, base: string, request: Request, response: Response): Promise<void> {
  const study = studyOf(request);
  const mine = await ports.mine();
  const others = mine.finished.filter((one) => one !== study);
  const isFinished = sentIn(request)['finished'] === 'yes';
  await ports.save({ ...mine, finished: isFinished ? [...others, study] : others });
  response.redirect(303, `${base}/`);
}
