/** A rolling restart under load: two listeners behind a balancer are stopped and started one after the other, and no acknowledged message is lost or doubled. */
import assert from 'node:assert/strict';
import { connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Pool } from '#src/systems/postgres/pool.ts';
import { countUnfiled } from '#src/systems/postgres/queries.ts';
import { testDatabase } from './database.ts';
import { Hl7Sender } from './hospital/hl7-sender.ts';
import { type RoleProcess, startRole } from './hospital/role-process.ts';

const SENDERS = 4;

interface Listener {
  readonly process: RoleProcess;
  readonly port: number;
}

test('two listeners restarted in turn: every message once', { timeout: 300_000 }, async () => {
  const database = await testDatabase();
  const behind: (Listener | undefined)[] = [undefined, undefined];
  const start = async (): Promise<Listener> => {
    const settings = { DATABASE_URL: database.url, HL7_PORT: '0', PROOF_MINUTES: '0', LOG_LEVEL: 'info' };
    const process = startRole({ role: 'listen', settings });
    return { process, port: Number((await process.until('listener.ready'))['port']) };
  };
  const balancer = await startBalancer(() => behind.flatMap((one) => one?.port ?? []));
  const acknowledged = new Set<string>();
  let sending = true;
  try {
    for (const index of [0, 1]) behind[index] = await start();
    const senders = Array.from({ length: SENDERS }, (_, lane) => sendUntil(balancer.port, lane, acknowledged, () => sending));
    for (const index of [0, 1]) {
      await grown(acknowledged, 40);
      const old = behind[index];
      assert.ok(old);
      // As an orchestrator does: first out of the balancer, then the signal, then the new one.
      behind[index] = undefined;
      assert.equal(await old.process.stop(), 0, 'it drained and ended by itself');
      behind[index] = await start();
    }
    await grown(acknowledged, 40);
    sending = false;
    await Promise.all(senders);
    // The last of them were acknowledged a moment ago: their cases come behind.
    for (let waited = 0; waited < 30_000 && (await waiting(database.pool)) > 0; waited += 50) await pause(50);
    assert.equal(await waiting(database.pool), 0, 'every message is filed');
    const stored = await database.pool.query<{ control_id: string; count: string }>(
      'SELECT control_id, count(*) AS count FROM backstop.message GROUP BY control_id',
    );
    assert.deepEqual(
      stored.rows.filter((row) => row.count !== '1'),
      [],
      'no message twice',
    );
    const held = new Set(stored.rows.map((row) => row.control_id));
    assert.deepEqual(
      [...acknowledged].filter((id) => !held.has(id)),
      [],
      'no acknowledged message is missing',
    );
    const cases = await database.pool.query<{ count: string }>('SELECT count(*) AS count FROM backstop.cases');
    assert.equal(Number(cases.rows[0]?.count), stored.rows.length, 'one case for each');
  } finally {
    sending = false;
    await Promise.all(behind.flatMap((one) => (one ? [one.process.stop()] : [])));
    await balancer.close();
    await database.close();
  }
});

async function waiting(pool: Pool): Promise<number> {
  return (await pool.query<{ count: number }>(countUnfiled)).rows[0]?.count ?? -1;
}

/** Waits for that many acknowledgements more. */
async function grown(acknowledged: ReadonlySet<string>, by: number): Promise<void> {
  const wanted = acknowledged.size + by;
  for (let waited = 0; acknowledged.size < wanted; waited += 50) {
    assert.ok(waited < 90_000, `only ${acknowledged.size} messages were acknowledged`);
    await pause(50);
  }
}

/** One sender with one message under way: sends it again, over a new connection, until it is acknowledged. */
async function sendUntil(port: number, lane: number, acknowledged: Set<string>, goesOn: () => boolean): Promise<void> {
  let sender: Hl7Sender | undefined;
  for (let n = 0; goesOn(); n += 1) {
    const id = `L${lane}N${n}`;
    while (!acknowledged.has(id)) {
      try {
        sender ??= await Hl7Sender.open(port, { timeoutMs: 5_000 });
        const answer = await sender.send(report(id), { timeoutMs: 5_000 });
        if (answer.code === 'AA') acknowledged.add(answer.controlId);
      } catch {
        sender?.close();
        sender = undefined;
        await pause(20);
      }
    }
  }
  sender?.close();
}

function report(id: string): Buffer {
  return Buffer.from(
    [
      `MSH|^~\\&|RIS|ASHMORE|BACKSTOP|ASHMORE|20261110160500+0000||ORU^R01^ORU_R01|${id}|P|2.5.1|||||GBR|UNICODE UTF-8`,
      `PID|1||A${id}^^^ASHMORE^MR||Rolling^Test||19500101|F`,
      `OBR|1||ACC${id}|CT^CT thorax^L|||20261110150000+0000|||||||||||||||||CT|F`,
      'OBX|1|TX|IMP||No vertebral fracture.||||||F',
      '',
    ].join('\r'),
  );
}

/** Each new connection goes to the next listener that is in; without one it is refused, as a service without endpoints does. */
async function startBalancer(ports: () => readonly number[]): Promise<{ readonly port: number; close(): Promise<void> }> {
  let turn = 0;
  const open = new Set<Socket>();
  const server = createServer((incoming) => {
    const choice = ports();
    const port = choice[turn++ % Math.max(1, choice.length)];
    if (port === undefined) {
      incoming.destroy();
      return;
    }
    const outgoing = connect(port, '127.0.0.1');
    for (const [one, other] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      open.add(one);
      one.pipe(other);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}
