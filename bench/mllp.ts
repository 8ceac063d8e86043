/**
 * The door: messages committed and acknowledged a second (3 kB ORU^R01; one sender waits for each answer, then sixteen do), against single-row inserts
 * of the same bytes over the same number of connections into the same durable PostgreSQL (the limit), and against @medplum/hl7 and node-hl7-server,
 * which store nothing. Rounds interleaved in one run. Ours writes message, case, report, event and job, and commits before it answers.
 */
import { randomUUID } from 'node:crypto';
import { type AddressInfo, createServer } from 'node:net';
import { type Hl7MessageEvent, Hl7Server } from '@medplum/hl7';
import { Server } from 'node-hl7-server';
import { makeLog } from '#src/lib/log.ts';
import { startListener } from '#src/systems/hl7/listener.ts';
import { startEmbeddedPostgres } from '#src/systems/postgres/embedded.ts';
import { makeInbox } from '#src/systems/postgres/inbox.ts';
import { migrate } from '#src/systems/postgres/migrate.ts';
import { makePool, type Pool } from '#src/systems/postgres/pool.ts';
import { makeJobs, migrateQueue } from '#src/systems/queue/jobs.ts';
import { Hl7Sender } from '#test/hospital/hl7-sender.ts';
import { profile } from '#test/systems/hl7/with-listener.ts';
import { type Spread, spread } from './median.ts';
import { reportMessage } from './report-message.ts';

const ROUNDS = 3;
const SECONDS = 3;
const MANY = 16;

interface Side {
  /** A second, by number of connections. */
  readonly one: Spread;
  readonly sixteen: Spread;
}

interface MllpBench {
  /** Ours over the inserts, both at sixteen connections. */
  readonly ratio: number;
  readonly overMedplumAtSixteen: number;
  readonly messageBytes: number;
  readonly secondsEach: number;
  readonly sides: Readonly<Record<string, Side>>;
}

/** Does one thing over connection `slot`; the count of these a second is the figure. */
interface Worker {
  run(slot: number): Promise<void>;
  close(): Promise<void>;
}

export async function benchMllp(): Promise<MllpBench> {
  const server = await startEmbeddedPostgres({ dataDir: null, durable: true });
  const pool = makePool({ url: server.url, max: MANY + 4, applicationName: 'bench-mllp', onError: () => undefined });
  try {
    await migrate(pool, migrateQueue);
    await pool.query('CREATE TABLE public.bare (id uuid PRIMARY KEY, at timestamptz NOT NULL DEFAULT now(), bytes bytea NOT NULL)');
    return await compare({
      ours: await oursAt(pool),
      inserts: insertsInto(pool),
      '@medplum/hl7': await medplum(),
      'node-hl7-server': await nodeHl7Server(),
    });
  } finally {
    await pool.end();
    await server.stop();
  }
}

async function compare(workers: Readonly<Record<string, Worker>>): Promise<MllpBench> {
  const rates = Object.fromEntries(Object.keys(workers).map((name) => [name, { one: [] as number[], sixteen: [] as number[] }]));
  try {
    for (let round = 0; round <= ROUNDS; round += 1) {
      for (const [name, worker] of Object.entries(workers)) {
        const one = await rateOf(worker, 1, round === 0 ? 1 : SECONDS);
        const sixteen = await rateOf(worker, MANY, round === 0 ? 1 : SECONDS);
        // The first round only warms.
        if (round > 0) rates[name]?.one.push(one);
        if (round > 0) rates[name]?.sixteen.push(sixteen);
      }
    }
  } finally {
    for (const worker of Object.values(workers)) await worker.close();
  }
  const sides = Object.fromEntries(Object.entries(rates).map(([name, { one, sixteen }]) => [name, { one: spread(one), sixteen: spread(sixteen) }]));
  const at = (name: string): number => sides[name]!.sixteen.median;
  return {
    ratio: at('ours') / at('inserts'),
    overMedplumAtSixteen: at('ours') / at('@medplum/hl7'),
    messageBytes: reportMessage(randomUUID()).length,
    secondsEach: SECONDS,
    sides,
  };
}

async function rateOf(worker: Worker, connections: number, seconds: number): Promise<number> {
  const started = performance.now();
  const end = started + seconds * 1000;
  let done = 0;
  const loop = async (slot: number): Promise<void> => {
    while (performance.now() < end) {
      await worker.run(slot);
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: connections }, (_, slot) => loop(slot)));
  return (done * 1000) / (performance.now() - started);
}

/** Sixteen senders on a port; each message is a new one and must be answered AA. */
async function senders(name: string, port: number, close: () => Promise<unknown>): Promise<Worker> {
  const open = await Promise.all(Array.from({ length: MANY }, () => Hl7Sender.open(port)));
  return {
    run: async (slot) => {
      const answer = await open[slot]!.send(reportMessage(randomUUID().slice(0, 18)), { timeoutMs: 60_000 });
      if (answer.code !== 'AA') throw new Error(`${name} answered ${answer.code}: ${answer.text}`);
    },
    close: async () => {
      for (const sender of open) sender.close();
      await close();
    },
  };
}

async function oursAt(pool: Pool): Promise<Worker> {
  const log = makeLog({ level: 'silent' });
  const jobs = makeJobs({ pool, log });
  const inbox = makeInbox({ pool, enqueue: jobs.enqueue });
  const clock = { now: () => new Date() };
  const listener = await startListener({ profile: profile(), inbox, log, clock, port: 0, limits: { commitLimitMs: 60_000 } });
  return senders('ours', listener.port, async () => {
    await listener.close();
    await jobs.close();
  });
}

function insertsInto(pool: Pool): Worker {
  return {
    run: async () => {
      await pool.query('INSERT INTO public.bare (id, bytes) VALUES ($1, $2)', [randomUUID(), reportMessage(randomUUID().slice(0, 18))]);
    },
    close: async () => undefined,
  };
}

async function medplum(): Promise<Worker> {
  const server = new Hl7Server((connection) => {
    connection.addEventListener('message', (event: Hl7MessageEvent) => connection.send(event.message.buildAck()));
  });
  const port = await freePort();
  await server.start(port);
  return senders('@medplum/hl7', port, () => server.stop({ forceDrainTimeoutMs: 100 }));
}

async function nodeHl7Server(): Promise<Worker> {
  const port = await freePort();
  const inbound = new Server({ bindAddress: '127.0.0.1' }).createInbound({ port }, (_request, response) => {
    void response.sendResponse('AA');
  });
  await new Promise((resolve) => setTimeout(resolve, 300));
  return senders('node-hl7-server', port, () => inbound.close());
}

/** These two take no port 0. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => probe.once('listening', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

if (import.meta.main) console.log(JSON.stringify(await benchMllp(), null, 2));
