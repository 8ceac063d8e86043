/** `backstop purge`: removes what the retention policy (RETAIN_*) says is due; the worker does the same every PURGE_HOURS. */
import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { retentionPolicy } from '../app/keep-tidy.ts';
import { purge } from '../systems/postgres/retention.ts';
import type { WithData } from './case-commands.ts';

export function addRetentionCommand(program: Command, withData: WithData): void {
  program
    .command('purge')
    .description('removes what the retention policy (RETAIN_*) says is due; what is open stays; audited')
    .option('--dry-run', 'only count')
    .option('--by <name>', 'who purges, for the audit trail')
    .option('--json', 'one JSON object')
    .action((options: { dryRun?: boolean; by?: string; json?: boolean }) =>
      withData(async (data, config) => {
        const policy = retentionPolicy(config);
        const dry = options.dryRun ?? false;
        const counts = await purge(data.pool, policy, { dry, actor: `${(options.by ?? userInfo().username).slice(0, 100)} (command line)` });
        if (options.json) {
          console.log(JSON.stringify({ policy, dry, ...counts }));
          return;
        }
        const after = (days: number | null): string => (days === null ? 'kept for ever' : `after ${days} days`);
        const verb = dry ? 'would go' : 'removed';
        console.log(
          `messages (${after(policy.messageDays)}): ${counts.messages} ${verb}, ${counts.keptUnusableMessages} kept that nobody could use yet`,
        );
        console.log(`cases (${after(policy.caseDays)}): ${counts.cases} ${verb}, ${counts.keptOpenCases} kept because they are open`);
        console.log(`past reports in the shadow (${after(policy.caseDays)}): ${counts.backload} ${verb}`);
        console.log(`audit rows (${after(policy.auditDays)}): ${counts.auditRows} ${verb}`);
      }),
    );
}
