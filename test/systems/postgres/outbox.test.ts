import { randomUUID } from 'node:crypto';
import { after, before } from 'node:test';
import type { Outbox } from '#src/ports.ts';
import { makeOutbox } from '#src/systems/postgres/outbox.ts';
import { type TestDatabase, testDatabase } from '../../database.ts';
import { outboxContract } from '../hl7/outbox-contract.ts';

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database.close());

/** Each test gets channels that nobody else uses. */
function apart(outbox: Outbox): Outbox {
  const prefix = randomUUID();
  return { ...outbox, add: (channel, item) => outbox.add(`${prefix}-${channel}`, item), next: (channel) => outbox.next(`${prefix}-${channel}`) };
}
outboxContract('PostgreSQL', () => Promise.resolve(apart(makeOutbox(database.pool))));
