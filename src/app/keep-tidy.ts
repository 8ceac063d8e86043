/** The worker's housekeeping: the retention policy every PURGE_HOURS, by one worker of many, and the head of the audit trail into the log. */
import type { Config } from '../config.ts';
import type { Log } from '../lib/log.ts';
import { verifyAuditChain } from '../systems/postgres/audit-chain.ts';
import { onlyOne } from '../systems/postgres/only-one.ts';
import type { Pool } from '../systems/postgres/pool.ts';
import { forgetExpired, purge, type RetentionPolicy } from '../systems/postgres/retention.ts';
import type { Running } from './open-data.ts';

export function retentionPolicy(config: Pick<Config, 'RETAIN_MESSAGE_DAYS' | 'RETAIN_CASE_DAYS' | 'RETAIN_AUDIT_DAYS'>): RetentionPolicy {
  const days = (value: number): number | null => (value === 0 ? null : value);
  return { messageDays: days(config.RETAIN_MESSAGE_DAYS), caseDays: days(config.RETAIN_CASE_DAYS), auditDays: days(config.RETAIN_AUDIT_DAYS) };
}

/** Not at once: a starting worker has other things to do. */
const FIRST_AFTER_MS = 30_000;

/** Once soon after the start, then every PURGE_HOURS (0: never). */
export function keepTidy(config: Config, pool: Pool, log: Log, { firstAfterMs = FIRST_AFTER_MS } = {}): Running {
  if (config.PURGE_HOURS === 0) return { close: () => Promise.resolve() };
  const mine = onlyOne(pool, 'housekeeping');
  let running: Promise<void> = Promise.resolve();
  const tidy = async (): Promise<void> => {
    try {
      if (!(await mine.isMine())) return;
      const expired = await forgetExpired(pool);
      const counts = await purge(pool, retentionPolicy(config), { dry: false, actor: 'retention policy' });
      log.info('retention.purged', { ...counts, expired });
      const chain = await verifyAuditChain(pool, null);
      // Log lines leave this machine: a head in them proves later that nobody rewrote the past as a whole.
      if (chain.fault) log.error('audit.broken', { code: chain.fault.code, row: chain.fault.id });
      else log.info('audit.head', { row: chain.head.id, hash: chain.head.hash });
    } catch (error) {
      log.error('queue.error', { queue: 'housekeeping', code: error instanceof Error ? error.name : 'unknown' });
    }
  };
  const look = (): void => {
    running = running.then(tidy);
  };
  const first = setTimeout(look, firstAfterMs);
  const timer = setInterval(look, config.PURGE_HOURS * 3_600_000);
  return {
    close: async () => {
      clearTimeout(first);
      clearInterval(timer);
      await running;
      await mine.close();
    },
  };
}
