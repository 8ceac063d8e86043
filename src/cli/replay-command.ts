/** `backstop replay`: reads stored messages again by today's rules and profiles; with --dry-run it only says what would change. */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { Data } from '../app/open-data.ts';
import { reportChanges } from '../case/report-changes.ts';
import type { Config } from '../config.ts';
import { joined, makeReplay, type Replay, type StoredMessage } from '../systems/postgres/replay.ts';
import { replayParts } from '../systems/postgres/replay-parts.ts';
import type { WithData } from './case-commands.ts';

interface ReplayOptions {
  readonly since: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export function addReplayCommand(program: Command, withData: WithData): void {
  program
    .command('replay')
    .description("reads stored HL7 messages again by today's rules and source profiles")
    .requiredOption('--since <time>', 'from this time on, e.g. 2026-11-01 or 2026-11-01T08:00:00Z')
    .option('--dry-run', 'only say what would change')
    .option('--json', 'one JSON object for each message that changes')
    .action((options: ReplayOptions) => withData((data, config) => replay(data, config, options)));
}

async function replay(data: Data, config: Config, options: ReplayOptions): Promise<void> {
  const since = new Date(options.since);
  if (Number.isNaN(since.getTime())) throw new Error(`--since is no time: ${options.since}`);
  const store = makeReplay({ pool: data.pool, enqueue: data.jobs.enqueue });
  const read = await reader(config);
  const totals = { looked: 0, changed: 0, matter: 0 };
  let after: StoredMessage['id'] | null = null;
  for (;;) {
    const messages: readonly StoredMessage[] = await store.messages(since, after);
    if (messages.length === 0) break;
    for (const message of messages) await replayOne(data, store, message, read, options, totals);
    after = messages.at(-1)?.id ?? null;
  }
  console.log(
    `${totals.looked} messages looked at, ${totals.changed} reports ${options.dryRun ? 'would change' : 'changed'}, ${totals.matter} of them in a way that can change a decision`,
  );
}

type Read = (message: StoredMessage) => ReturnType<typeof import('../systems/hl7/read-stored-message.ts')['readStoredMessage']>;

async function reader(config: Config): Promise<Read> {
  const { readStoredMessage } = await import('../systems/hl7/read-stored-message.ts');
  const { DEFAULT_PROFILE, readSourceProfiles } = await import('../systems/hl7/source-profile.ts');
  const file = config.HL7_SOURCES === '' ? { profiles: [DEFAULT_PROFILE] } : readSourceProfiles(readFileSync(config.HL7_SOURCES, 'utf8'));
  if ('faults' in file) throw new Error(`${config.HL7_SOURCES} is faulty: ${file.faults.join('; ')}`);
  return (message) =>
    readStoredMessage(message.bytes, file.profiles.find((profile) => profile.name === message.source) ?? DEFAULT_PROFILE, message.flags);
}

async function replayOne(
  data: Data,
  store: Replay,
  stored: StoredMessage,
  read: Read,
  options: ReplayOptions,
  totals: { looked: number; changed: number; matter: number },
): Promise<void> {
  totals.looked += 1;
  const verdict = read(stored);
  if (verdict.kind !== 'report' || !verdict.report) return;
  const reads = [{ report: verdict.report, unusable: verdict.unusable }, ...verdict.more];
  for (const { read: part, message, link } of await replayParts(data.pool, stored, reads)) {
    const held = message.caseId ? await data.store.load(message.caseId) : undefined;
    const report = joined(await store.before(message), part.report);
    const changes = reportChanges(held?.facts.report ?? null, report);
    if (changes.length === 0) continue;
    totals.changed += 1;
    if (changes.some((change) => change.matters)) totals.matter += 1;
    tell(message, changes, options);
    if (!options.dryRun) await store.apply(message, report, part.unusable, link);
  }
}

function tell(message: StoredMessage, changes: ReturnType<typeof reportChanges>, options: ReplayOptions): void {
  if (options.json) console.log(JSON.stringify({ messageId: message.id, caseId: message.caseId, changes }));
  else
    console.log(
      `${message.id}: ${changes.map((change) => `${change.field} ${change.before} -> ${change.after}${change.matters ? ' (matters)' : ''}`).join('; ')}`,
    );
}
