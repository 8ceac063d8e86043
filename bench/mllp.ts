/**
 * The door: messages committed and acknowledged a second (3 kB ORU^R01; one sender waits for each answer, then sixteen do), against single-row inserts
 * of the same bytes over the same number of connections into the same durable PostgreSQL (the limit), and against @medplum/hl7 and node-hl7-server,
 * which store nothing. Rounds interleaved in one run. Ours commits the message before it answers, and files it (case, report, event, job) afterwards: what a flood
 * leaves to be filed is waited for before the next side begins, and told as a rate of its own. The servers stand
 * in this process, the senders in one of their own. node-hl7-server 2.5 never empties its buffer: it answers the n-th message of a connection n times and
 * reads all n again, so its senders open a new connection for each message.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { type Hl7MessageEvent, Hl7Server } from '@medplum/hl7';
import { Server } from 'node-hl7-server';
import { openDoor } from '#src/app/start-listen.ts';
import { makeLog } from '#src/lib/log.ts';
import { startListener } from '#src/systems/hl7/listener.ts';
import { startEmbeddedPostgres } from '#src/systems/postgres/embedded.ts';
import { migrate } from '#src/systems/postgres/migrate.ts';
import { makePool, type Pool } from '#src/systems/postgres/pool.ts';
import { makeJobs, migrateQueue } from '#src/systems/queue/jobs.ts';
import { profile } from '#test/systems/hl7/with-listener.ts';
import { type Spread, spread } from './median.ts';
import type { SendAnswer, SendOrder } from './mllp-senders.ts';
import { reportMessage } from './report-message.ts';

const ROUNDS = 3;
const SECONDS = 3;
const MANY = 16;
/** As HL7_MOST_UNFILED is when nobody sets it. */
const MOST_UNFILED = 50_000;

interface Side {
  /** A second, by number of connections. */
  readonly one: Spread;
  readonly sixteen: Spread;
}

interface MllpBench {
  /** Ours over the inserts, both at sixteen connections. */
  readonly ratio: number;
  /** Ours over the inserts, both at one connection. */
  readonly ratioAtOne: number;
  readonly overMedplumAtSixteen: number;
  /** Processor time of this process for each message at sixteen connections, microseconds: ours, without the senders and PostgreSQL. */
  readonly oursCpuMicroseconds: Spread;
  /** Sixteen connections: messages a second that were acknowledged and filed as cases, from the first message until the last case. */
  readonly oursFiledPerSecond: Spread;
  /** Of it the time from the last answer until the last case, seconds. */
  readonly oursFiledAfterSeconds: Spread;
  readonly messageBytes: number;
  readonly secondsEach: number;
  readonly sides: Readonly<Record<string, Side>>;
}

/** Runs for so many seconds over so many connections; tells how often a second it did its thing. */
interface Worker {
  perSecond(connections: number, seconds: number): Promise<number>;
  close(): Promise<unknown>;
  /** Until the work that its answers left behind is done too. */
  settled?(): Promise<void>;
}

export async function benchMllp(): Promise<MllpBench> {
  const server = await startEmbeddedPostgres({ dataDir: null, durable: true });
  const pool = makePool({ url: server.url, max: MANY + 4, applicationName: 'bench-mllp', onError: () => undefined });
  const senders = fork(new URL('mllp-senders.ts', import.meta.url), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  try {
    await migrate(pool, migrateQueue);
    await pool.query('CREATE TABLE public.bare (id uuid PRIMARY KEY, at timestamptz NOT NULL DEFAULT now(), bytes bytea NOT NULL)');
    return await compare({
      ours: await oursAt(pool, senders),
      inserts: insertsInto(pool),
      '@medplum/hl7': await medplum(senders),
      'node-hl7-server': await nodeHl7Server(senders),
    });
  } finally {
    senders.disconnect();
    await pool.end();
    await server.stop();
  }
}

async function compare(workers: Readonly<Record<string, Worker>>): Promise<MllpBench> {
  const rates = Object.fromEntries(Object.keys(workers).map((name) => [name, { one: [] as number[], sixteen: [] as number[] }]));
  const oursCpu: number[] = [];
  const filed: number[] = [];
  const after: number[] = [];
  try {
    for (let round = 0; round <= ROUNDS; round += 1) {
      for (const [name, worker] of Object.entries(workers)) {
        const seconds = round === 0 ? 1 : SECONDS;
        const one = await worker.perSecond(1, seconds);
        // What one round leaves to be filed must not fall into another's time.
        await worker.settled?.();
        const before = process.cpuUsage();
        const began = performance.now();
        const sixteen = await worker.perSecond(MANY, seconds);
        const answered = performance.now();
        const { user, system } = process.cpuUsage(before);
        await worker.settled?.();
        const ended = performance.now();
        // The first round only warms.
        if (round === 0) continue;
        rates[name]?.one.push(one);
        rates[name]?.sixteen.push(sixteen);
        if (name !== 'ours') continue;
        oursCpu.push((user + system) / (sixteen * seconds));
        filed.push((sixteen * seconds * 1000) / (ended - began));
        after.push((ended - answered) / 1000);
      }
    }
  } finally {
    for (const worker of Object.values(workers)) await worker.close();
  }
  const sides = Object.fromEntries(Object.entries(rates).map(([name, { one, sixteen }]) => [name, { one: spread(one), sixteen: spread(sixteen) }]));
  const at = (name: string): number => sides[name]!.sixteen.median;
  return {
    ratio: at('ours') / at('inserts'),
    ratioAtOne: sides['ours']!.one.median / sides['inserts']!.one.median,
    overMedplumAtSixteen: at('ours') / at('@medplum/hl7'),
    oursCpuMicroseconds: spread(oursCpu),
    oursFiledPerSecond: spread(filed),
    oursFiledAfterSeconds: spread(after),
    messageBytes: reportMessage(randomUUID()).length,
    secondsEach: SECONDS,
    sides,
  };
}

/** Senders against a server on a port; each message is a new one and must be answered AA. */
function sendersTo(senders: ChildProcess, name: string, port: number, close: () => Promise<unknown>, messagesPerConnection = 1e9): Worker {
  return {
    perSecond: async (connections, seconds) => {
      const order: SendOrder = { name, port, connections, seconds, messagesPerConnection };
      senders.send(order);
      const [answer] = (await once(senders, 'message')) as [SendAnswer];
      if ('fault' in answer) throw new Error(answer.fault);
      return answer.perSecond;
    },
    close,
  };
}

async function oursAt(pool: Pool, senders: ChildProcess): Promise<Worker> {
  const log = makeLog({ level: 'silent' });
  const jobs = makeJobs({ pool, log });
  const clock = { now: () => new Date() };
  const { intake, filing } = openDoor({ pool, jobs }, [profile()], MOST_UNFILED, log);
  const listener = await startListener({ profile: profile(), intake, log, clock, port: 0, limits: { commitLimitMs: 60_000 } });
  const close = async (): Promise<void> => {
    await listener.close();
    await filing.close();
    await jobs.close();
  };
  return { ...sendersTo(senders, 'ours', listener.port, close), settled: () => filing.idle() };
}

function insertsInto(pool: Pool): Worker {
  const insert = (): Promise<unknown> =>
    pool.query('INSERT INTO public.bare (id, bytes) VALUES ($1, $2)', [randomUUID(), reportMessage(randomUUID().slice(0, 18))]);
  return {
    perSecond: async (connections, seconds) => {
      const started = performance.now();
      const end = started + seconds * 1000;
      let done = 0;
      const loop = async (): Promise<void> => {
        for (; performance.now() < end; done += 1) await insert();
      };
      await Promise.all(Array.from({ length: connections }, loop));
      return (done * 1000) / (performance.now() - started);
    },
    close: () => Promise.resolve(),
  };
}

async function medplum(senders: ChildProcess): Promise<Worker> {
  const server = new Hl7Server((connection) => {
    connection.addEventListener('message', (event: Hl7MessageEvent) => connection.send(event.message.buildAck()));
  });
  const port = await freePort();
  await server.start(port);
  return sendersTo(senders, '@medplum/hl7', port, () => server.stop({ forceDrainTimeoutMs: 100 }));
}

async function nodeHl7Server(senders: ChildProcess): Promise<Worker> {
  const port = await freePort();
  const inbound = new Server({ bindAddress: '127.0.0.1' }).createInbound({ port }, (_request, response) => {
    void response.sendResponse('AA');
  });
  await new Promise((resolve) => setTimeout(resolve, 300));
  return sendersTo(senders, 'node-hl7-server', port, () => inbound.close(), 1);
}

/** These two take no port 0. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => probe.once('listening', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

if (import.meta.main) {
  console.log(JSON.stringify(await benchMllp(), null, 2));
  process.exit();
}
