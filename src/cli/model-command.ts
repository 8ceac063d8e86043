/** `backstop model`: `check` a folder as the server would; `compare` the shadow models with the live ones; `promote` them, on the record. */
import type { Command } from 'commander';
import type { Config } from '../config.ts';
import { GiveUp } from '../lib/errors.ts';
import type { ShadowComparison } from '../measure/compare-findings.ts';
import { type ComparisonTotals, disagreements, sumComparisons } from '../measure/sum-comparisons.ts';
import type { WithData } from './case-commands.ts';

export function addModelCommand(program: Command, withData: WithData): void {
  const model = program.command('model').description('model folders (manifest vcf-model/1), shadow models and their promotion');
  model
    .command('check')
    .description('loads the manifest and the network as the server would, runs its self-test, and says what is wrong')
    .argument('<dir>', 'folder with manifest.json')
    .option('--provider <name>', 'execution provider: cpu or cuda', 'cpu')
    .action(check);
  model
    .command('compare')
    .description('what the shadow models (MODEL_SHADOW_ settings) said beside the live ones, over all cases that both measured')
    .option('--since <day>', 'only comparisons from this day on, YYYY-MM-DD')
    .option('--json', 'as one JSON object')
    .action((options: { since?: string; json?: boolean }) => withData((data, config) => compare(data.pool, config, options)));
  model
    .command('promote')
    .description('writes into the audit trail that the shadow models become the live ones, and prints the settings to change')
    .requiredOption('--by <name>', 'who decides it')
    .requiredOption('--reason <text>', 'why')
    .action((options: { by: string; reason: string }) => withData((data, config) => promote(data.pool, config, options)));
}

async function check(dir: string, options: { provider: string }): Promise<void> {
  const { checkModelFolder } = await import('../systems/fracture-model/check-model-folder.ts');
  const result = await checkModelFolder(dir, [options.provider]);
  for (const problem of result.problems) console.log(`- ${problem}`);
  console.log(result.ok ? `${dir}: good (${result.contract})` : `${dir}: refused`);
  process.exitCode = result.ok ? 0 : 1;
}

type Pool = Parameters<Parameters<WithData>[0]>[0]['pool'];

/** Both sets as their folders lie there now. */
async function setsOf(config: Config) {
  const { foldersOf, liveDirs, shadowDirs } = await import('../app/model-dirs.ts');
  const { readModelSet } = await import('../systems/fracture-model/model-set.ts');
  const dirs = shadowDirs(config);
  if (dirs === null) throw new GiveUp('no MODEL_SHADOW_ setting names a second set of models', { code: 'MODEL_NO_SHADOW', phase: 'parse' });
  return { dirs, live: await readModelSet(foldersOf(liveDirs(config))), next: await readModelSet(foldersOf(dirs)) };
}

async function compare(pool: Pool, config: Config, options: { since?: string; json?: boolean }): Promise<void> {
  const since = new Date(options.since ?? 0);
  if (Number.isNaN(since.getTime())) throw new Error(`--since is no day like 2026-11-30: ${options.since}`);
  const { comparisonsOf } = await import('../app/live-models.ts');
  const { live, next } = await setsOf(config);
  const all = await comparisonsOf(pool, { live, next, since });
  const totals = sumComparisons(all.map((one) => one.comparison));
  const toLookAt = all.flatMap(({ caseId, comparison }) => disagreements(comparison).map((one) => ({ caseId, ...one })));
  if (options.json) console.log(JSON.stringify({ live, shadow: next, totals, disagreements: toLookAt }));
  else console.log(words(live.names, next.names, totals, all));
}

function words(
  live: readonly string[],
  next: readonly string[],
  totals: ComparisonTotals,
  all: readonly { readonly caseId: string; readonly comparison: ShadowComparison }[],
): string {
  const { states, studies, levels, loss } = totals;
  const lines = [
    `live:   ${live.join(', ')}`,
    `shadow: ${next.join(', ')}`,
    `${totals.cases} studies: both measured ${states.measured.measured}, live alone ${states.measured['cannot-say']}, shadow alone ${states['cannot-say'].measured}, neither ${states['cannot-say']['cannot-say']}`,
    `studies with a fracture of grade 2 or more: both ${studies.both}, live alone ${studies.liveOnly}, shadow alone ${studies.shadowOnly}, neither ${studies.neither}`,
    `levels of grade 2 or more: both ${levels.both}, live alone ${levels.liveOnly}, shadow alone ${levels.shadowOnly}`,
    `levels found by one alone: live ${levels.foundByLiveOnly}, shadow ${levels.foundByShadowOnly}`,
    loss
      ? `height loss, shadow less live: ${loss.bias.toFixed(1)} +-${loss.limits.toFixed(1)} points (n = ${loss.n})`
      : 'height loss: nothing that both measured',
    ...all.flatMap(({ caseId, comparison }) => disagreements(comparison).map(({ level, by }) => `  case ${caseId}: ${level} marked by ${by} alone`)),
    'Agreement is not correctness: neither set is the truth.',
  ];
  return lines.join('\n');
}

async function promote(pool: Pool, config: Config, { by, reason }: { by: string; reason: string }): Promise<void> {
  if (by.trim() === '' || reason.trim() === '') throw new Error('--by and --reason must say something');
  const { promoteModels } = await import('../app/live-models.ts');
  const { promotionSettings } = await import('../app/model-dirs.ts');
  const { dirs, live, next } = await setsOf(config);
  console.log(`written into the audit trail: ${await promoteModels(pool, { live, next, by: by.trim(), reason: reason.trim() })}`);
  console.log(`Now set these, empty the MODEL_SHADOW_ settings, and restart the workers:\n${promotionSettings(dirs).join('\n')}`);
}
