/** Past reports that went through the flow in the shadow. A table of its own, so that no list, card, channel or audit can ever see them. */
import type { BackloadFacts } from '#src/case/backload-figures.ts';
import type { Pool } from './pool.ts';

export interface BackloadRow {
  /** Hash of source and examination. */
  readonly key: string;
  /** YYYY-MM-DD of the report. */
  readonly day: string;
  readonly facts: BackloadFacts;
  readonly ms: number;
}

export interface BackloadStore {
  /** Keys that are done with, so that a restarted run leaves them. */
  done(from: string, to: string): Promise<ReadonlySet<string>>;
  put(row: BackloadRow): Promise<void>;
  /** Of the days from `from` up to and without `to`, oldest first. */
  rows(from: string, to: string): Promise<readonly BackloadRow[]>;
  /** Takes the rows of a period away, to begin anew. Returns how many. */
  forget(from: string, to: string): Promise<number>;
}

const DONE = 'SELECT report_key FROM backstop.backload WHERE report_day >= $1 AND report_day < $2';
const PUT = `
  INSERT INTO backstop.backload (report_key, report_day, facts, ms) VALUES ($1, $2, $3, $4)
  ON CONFLICT (report_key) DO UPDATE SET report_day = $2, facts = $3, ms = $4, done_at = now()`;
const ROWS = `
  SELECT report_key AS key, to_char(report_day, 'YYYY-MM-DD') AS day, facts, ms FROM backstop.backload
  WHERE report_day >= $1 AND report_day < $2 ORDER BY report_day, report_key`;
const FORGET = 'DELETE FROM backstop.backload WHERE report_day >= $1 AND report_day < $2';

export function makeBackloadStore(pool: Pool): BackloadStore {
  return {
    done: async (from, to) => new Set((await pool.query<{ report_key: string }>(DONE, [from, to])).rows.map((row) => row.report_key)),
    put: async ({ key, day, facts, ms }) => {
      await pool.query(PUT, [key, day, JSON.stringify(facts), Math.round(ms)]);
    },
    rows: async (from, to) => (await pool.query<BackloadRow>(ROWS, [from, to])).rows,
    forget: async (from, to) => (await pool.query(FORGET, [from, to])).rowCount ?? 0,
  };
}
