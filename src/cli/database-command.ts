/** `backstop database roles`: the least-privilege roles of the processes, as SQL to look at or applied. docs/safety/database-roles.md. */
import type { Command } from 'commander';
import { rolesSql } from '../systems/postgres/roles.ts';
import type { WithData } from './case-commands.ts';

export function addDatabaseCommand(program: Command, withData: WithData): void {
  program
    .command('database')
    .description('what concerns the database as such')
    .command('roles')
    .description('one role for each process with the rights that it needs; run again after each migration')
    .option('--print', 'as SQL on stdout (the default)')
    .option('--apply', 'create the roles and set their rights, as the owner in DATABASE_URL')
    .option('--prefix <name>', 'first part of the names of the roles', 'backstop')
    .action(async (options: { print?: boolean; apply?: boolean; prefix: string }) => {
      const text = rolesSql(options.prefix);
      if (!options.apply) {
        process.stdout.write(text);
        return;
      }
      await withData(async (data) => {
        await data.pool.query(text);
        console.log(`roles ${options.prefix}_listen, _work, _web and _audit are as they should be; give each process a user in its role`);
      });
    });
}
