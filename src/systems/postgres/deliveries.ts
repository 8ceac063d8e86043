/** How far each channel of a case has come. HL7 messages wait in the outbox and cards wait to be seen, so for these two the answer is looked up there. */
import type { Case } from '#src/case/case.ts';
import { CHANNELS, type ChannelName, type Delivery, type DeliveryState } from '#src/case/delivery.ts';
import type { CaseId } from '#src/case/ids.ts';
import type { DeliveryStates } from '#src/ports.ts';
import type { Pool } from './pool.ts';

/** What a channel gave when it was through: keys of its messages in the outbox, resources in the health record. */
export type DeliveryResult = Readonly<Record<string, unknown>>;

export interface DeliveryStore extends DeliveryStates {
  /** What is through or refused for good of exactly this version of the case, by channel. */
  settled(
    subject: Case,
  ): Promise<ReadonlyMap<ChannelName, { readonly state: DeliveryState; readonly code: string | null; readonly result: DeliveryResult }>>;
  /** One more try and how it ended. */
  save(subject: Case, channel: ChannelName, state: DeliveryState, code: string | null, result: DeliveryResult): Promise<void>;
  /** This version of the case has nothing for the channel to carry. */
  clear(subject: Case, channel: ChannelName): Promise<void>;
}

const SETTLED = `
  SELECT channel, state, code, result FROM backstop.delivery
  WHERE case_id = $1 AND report_version = $2 AND case_version = $3 AND state <> 'failed'`;

/** Tries are counted over one version of a case. */
const SAVE = `
  INSERT INTO backstop.delivery (case_id, report_version, channel, state, tries, code, case_version, result) VALUES ($1, $2, $3, $4, 1, $5, $6, $7)
  ON CONFLICT (case_id, report_version, channel) DO UPDATE SET state = excluded.state, code = excluded.code, result = excluded.result,
    tries = CASE WHEN backstop.delivery.case_version = excluded.case_version THEN backstop.delivery.tries + 1 ELSE 1 END,
    case_version = excluded.case_version, updated_at = now()`;

const CLEAR = 'DELETE FROM backstop.delivery WHERE case_id = $1 AND report_version = $2 AND channel = $3';

/** An HL7 delivery is through when all its messages are; one that was set aside makes it refused. A card is through when it has been shown. */
const STATES = `
  SELECT d.channel, d.report_version, d.code, d.tries, d.updated_at, d.state,
    o.worst AS outbox_state, o.tries AS outbox_tries, o.code AS outbox_code, o.updated_at AS outbox_at, c.shown_at
  FROM backstop.delivery d
  LEFT JOIN LATERAL (
    SELECT CASE WHEN bool_or(m.state = 'aside') THEN 'refused' WHEN bool_or(m.state = 'waiting') THEN 'waiting' ELSE 'sent' END AS worst,
      max(m.tries) AS tries, max(m.code) FILTER (WHERE m.state <> 'sent') AS code, max(m.updated_at) AS updated_at
    FROM backstop.outbox m
    WHERE m.channel = d.result ->> 'outbox' AND m.key IN (SELECT jsonb_array_elements_text(d.result -> 'keys'))
    HAVING count(*) > 0) o ON d.channel = 'hl7' AND d.state = 'waiting'
  LEFT JOIN LATERAL (SELECT max(s.shown_at) AS shown_at FROM backstop.card s WHERE s.case_id = d.case_id) c ON d.channel = 'cds' AND d.state = 'waiting'
  WHERE d.case_id = $1 AND d.report_version = (SELECT max(report_version) FROM backstop.delivery WHERE case_id = $1)`;

interface Row {
  readonly channel: ChannelName;
  readonly report_version: number;
  readonly state: DeliveryState;
  readonly code: string | null;
  readonly tries: number;
  readonly updated_at: Date;
  readonly outbox_state: DeliveryState | null;
  readonly outbox_tries: number | null;
  readonly outbox_code: string | null;
  readonly outbox_at: Date | null;
  readonly shown_at: Date | null;
}

export function makeDeliveries(pool: Pool): DeliveryStore {
  return {
    settled: async (subject) => {
      const found = await pool.query<{ channel: ChannelName; state: DeliveryState; code: string | null; result: DeliveryResult }>(SETTLED, [
        subject.id,
        subject.reportVersion,
        subject.version,
      ]);
      return new Map(found.rows.map((row) => [row.channel, row]));
    },
    save: async (subject, channel, state, code, result) => {
      await pool.query(SAVE, [subject.id, subject.reportVersion, channel, state, code, subject.version, JSON.stringify(result)]);
    },
    clear: async (subject, channel) => {
      await pool.query(CLEAR, [subject.id, subject.reportVersion, channel]);
    },
    deliveries: (id) => deliveries(pool, id),
  };
}

async function deliveries(pool: Pool, id: CaseId): Promise<readonly Delivery[]> {
  const found = await pool.query<Row>(STATES, [id]);
  return found.rows.map(toDelivery).toSorted((a, b) => CHANNELS.indexOf(a.channel) - CHANNELS.indexOf(b.channel));
}

function toDelivery(row: Row): Delivery {
  const seen = row.shown_at !== null;
  return {
    channel: row.channel,
    reportVersion: row.report_version,
    state: seen ? 'sent' : (row.outbox_state ?? row.state),
    // The outbox counts answers "try again"; a message that went out took one try more.
    tries: row.outbox_tries === null ? row.tries : row.outbox_tries + (row.outbox_state === 'sent' ? 1 : 0),
    code: row.outbox_state === null ? row.code : row.outbox_code,
    updatedAt: (row.shown_at ?? row.outbox_at ?? row.updated_at).toISOString(),
  };
}
