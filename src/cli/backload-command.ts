/** `backstop backload`: a past period through the whole flow in the shadow, with a report of what was missed and what the service must expect. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import type { Data } from '../app/open-data.ts';
import type { Config } from '../config.ts';
import type { Log } from '../lib/log.ts';
import { loadPolicy } from '../load-policy.ts';
import type { WithData } from './case-commands.ts';

interface BackloadOptions {
  readonly from: string;
  readonly to: string;
  readonly messages?: string;
  readonly perMinute?: number;
  readonly between?: { readonly from: number; readonly to: number };
  readonly out?: string;
  readonly reportOnly?: boolean;
  readonly again?: boolean;
}

function day(text: string): string {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || Number.isNaN(Date.parse(text))) throw new InvalidArgumentError('a day like 2026-11-30');
  return text;
}

function pace(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('a number above 0');
  return value;
}

function hours(text: string): { from: number; to: number } {
  const found = /^(\d{2}):(\d{2})-(\d{2}):(\d{2})$/.exec(text);
  if (!found) throw new InvalidArgumentError('hours like 20:00-06:00');
  const [a = 0, b = 0, c = 0, d = 0] = found.slice(1).map(Number);
  return { from: 60 * a + b, to: 60 * c + d };
}

export function addBackloadCommand(program: Command, withData: WithData): void {
  program
    .command('backload')
    .description('runs a past period through the whole flow in the shadow: nothing is written to record, archive or lists; run it again to go on')
    .requiredOption('--from <day>', 'first day of the reports', day)
    .requiredOption('--to <day>', 'the day after the last', day)
    .option('--messages <dir>', 'archived ORU messages as files (default: the messages that Backstop stored)')
    .option('--per-minute <n>', 'at most so many reports a minute', pace)
    .option('--between <hours>', 'only in these hours of the local day, e.g. 20:00-06:00', hours)
    .option('--out <dir>', 'writes report.html and report.csv there')
    .option('--report-only', 'runs nothing, only reports what was done')
    .option('--again', 'forgets what was done in this period first')
    .action((options: BackloadOptions) => withData((data, config, log) => runBackload(options, data, config, log)));
}

async function runBackload(options: BackloadOptions, data: Data, config: Config, log: Log): Promise<void> {
  const { makeBackloadStore } = await import('../systems/postgres/backload-store.ts');
  const store = makeBackloadStore(data.pool);
  const { from, to } = options;
  if (options.again && !options.reportOnly) console.error(`${await store.forget(from, to)} reports forgotten`);
  if (!options.reportOnly) await runAll(options, data, config, log, store);
  const { backloadFigures } = await import('../rules/backload-figures.ts');
  const { backloadCsv, backloadText } = await import('../measure/backload-text.ts');
  const { backloadPage } = await import('../web/audit/backload-page.ts');
  const figures = backloadFigures(
    (await store.rows(from, to)).map((row) => row.facts),
    from,
    to,
  );
  if (options.out !== undefined) {
    await mkdir(options.out, { recursive: true });
    await writeFile(join(options.out, 'report.html'), await backloadPage(figures));
    await writeFile(join(options.out, 'report.csv'), backloadCsv(figures));
  }
  process.stdout.write(backloadText(figures));
}

async function runAll(
  options: BackloadOptions,
  data: Data,
  config: Config,
  log: Log,
  store: import('../systems/postgres/backload-store.ts').BackloadStore,
): Promise<void> {
  const { heapOf, piecesOfFolder, piecesOfStore } = await import('../app/curate-sources.ts');
  const { backload } = await import('../app/backload.ts');
  const { makeTurn } = await import('../app/backload-turn.ts');
  const { openArchive, openModel } = await import('../app/outside.ts');
  const { recordOrNone } = await import('../app/record-or-none.ts');
  const pieces = options.messages === undefined ? piecesOfStore(data, new Date(0), config) : piecesOfFolder(options.messages, config);
  const heap = await heapOf(pieces, { withMessages: false, period: { from: options.from, to: options.to } });
  const archive = openArchive(config, log);
  const model = await openModel(config, log);
  const clock = {
    now: () => Date.now(),
    minuteOfDay: () => new Date().getHours() * 60 + new Date().getMinutes(),
    sleep: (ms: number) => new Promise<void>((go) => setTimeout(go, ms)),
  };
  try {
    const done = await backload(
      heap,
      { from: options.from, to: options.to, policy: loadPolicy(config.POLICY_FILE || undefined) },
      {
        archive,
        model,
        record: recordOrNone(config, log),
        store,
        turn: makeTurn({ perMinute: options.perMinute ?? null, between: options.between ?? null }, clock),
        progress: (text) => console.error(text),
      },
    );
    console.error(`${done.inPeriod} reports in the period: ${done.doneBefore} done before, ${done.done} now, ${done.later} to try again`);
  } finally {
    heap.close();
    await Promise.all([model.close(), archive.close()]);
  }
}
