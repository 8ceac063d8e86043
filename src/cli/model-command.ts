/** `backstop model check DIR`: loads a model folder as the server would and says what is wrong with it. */
import type { Command } from 'commander';

export function addModelCommand(program: Command): void {
  const model = program.command('model').description('model folders (manifest vcf-model/1)');
  model
    .command('check')
    .description('loads the manifest and the network as the server would, runs its self-test, and says what is wrong')
    .argument('<dir>', 'folder with manifest.json')
    .action(async (dir: string) => {
      const { checkModelFolder } = await import('../systems/fracture-model/check-model-folder.ts');
      const result = await checkModelFolder(dir);
      for (const problem of result.problems) console.log(`- ${problem}`);
      console.log(result.ok ? `${dir}: good (${result.contract})` : `${dir}: refused`);
      process.exitCode = result.ok ? 0 : 1;
    });
}
