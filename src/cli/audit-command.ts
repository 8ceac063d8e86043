/** `backstop audit`: the audit page's figures as CSV, or the FLS-DB file, from the database. */
import type { Command } from 'commander';
import { Option } from 'commander';
import { makeAudit } from '../app/audit.ts';
import type { WithData } from './case-commands.ts';

interface AuditOptions {
  readonly from: string;
  readonly to: string;
  readonly by: 'week' | 'month' | 'quarter';
  readonly flsDb?: boolean;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

export function addAuditCommand(program: Command, withData: WithData): void {
  program
    .command('audit')
    .description('prints the audit of a period: the same CSV as the audit page, or the FLS-DB file')
    .requiredOption('--from <day>', 'first day, YYYY-MM-DD')
    .requiredOption('--to <day>', 'the day after the last, YYYY-MM-DD')
    .addOption(new Option('--by <step>', 'one row for each').choices(['week', 'month', 'quarter']).default('month'))
    .option('--csv', 'as CSV (the default)')
    .option('--fls-db', 'one row a patient, with the field names of the FLS-DB')
    .action((options: AuditOptions) =>
      withData(async (data) => {
        for (const [name, day] of [
          ['--from', options.from],
          ['--to', options.to],
        ] as const) {
          if (!DAY.test(day)) throw new Error(`${name} is no day like 2026-11-30: ${day}`);
        }
        const audit = makeAudit(data.pool, () => new Date());
        const question = { from: options.from, to: options.to, by: options.by, only: null };
        process.stdout.write(await (options.flsDb ? audit.flsDb(question) : audit.csv(question)));
      }),
    );
}
