/** A question to the database by the torture itself: asked again while the machine or the database is too busy to answer. */
import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import type { Pool } from '#src/systems/postgres/pool.ts';

const TRIES = 30;

export async function ask<Row extends pg.QueryResultRow>(pool: Pool, text: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return (await pool.query<Row>(text, [...values])).rows;
    } catch (error) {
      if (attempt === TRIES) throw error;
      await pause(1_000);
    }
  }
}
