/** `backstop annotate`: readers mark vertebrae of a curated set; then how far they agree, adjudication, and the export. */
import { type Command, Option } from 'commander';
import { readConfig } from '../config.ts';
import { makeLog } from '../lib/log.ts';
import type { AgreementFigures } from '../rules/settle-annotations.ts';

export function addAnnotateCommand(program: Command): void {
  const annotate = program.command('annotate').description('six points of each vertebra of a curated set, by several readers');
  annotate
    .command('open', { isDefault: true })
    .description('opens the pages for one reader on this machine, or for the adjudicator of what the readers dispute')
    .requiredOption('--data <dir>', 'the curated set')
    .option('--reader <name>', 'who marks')
    .option('--adjudicate', 'decide what the readers dispute, seeing their marks')
    .addOption(new Option('--port <port>', 'of the page on loopback (0: any free one)').default('0'))
    .action(open);
  annotate
    .command('agreement')
    .description('how far the readers agree: kappa of grade 1 or more and 2 or more, limits of agreement of the loss, what is in dispute')
    .requiredOption('--data <dir>', 'the curated set')
    .option('--json', 'as one JSON object')
    .action(agreement);
  annotate
    .command('export')
    .description('writes points.csv (for evaluate) and fine-tune/ (for training): what was agreed on or adjudicated')
    .requiredOption('--data <dir>', 'the curated set')
    .option('--reader <name>', "this reader's marks alone, of the studies that are finished")
    .action(exportAll);
}

async function open(options: { data: string; reader?: string; adjudicate?: boolean; port: string }): Promise<void> {
  if ((options.reader === undefined) === (options.adjudicate !== true)) throw new Error('give --reader NAME, or --adjudicate');
  const config = readConfig(process.env);
  const log = makeLog({ level: 'warn', destination: 2 });
  const { openModel } = await import('../app/outside.ts');
  const { startAnnotate } = await import('../app/start-annotate.ts');
  const { makeKeyImagePainter } = await import('../systems/fracture-model/key-image.ts');
  const model = await openModel(config, log);
  const about = { folder: options.data, reader: options.reader ?? null, port: Number(options.port) };
  const running = await startAnnotate({ ...about, model, painter: makeKeyImagePainter(), log });
  console.log(`Open ${running.url} in a browser on this machine. Ctrl-C ends it; what is saved stays in ${options.data}/annotations.`);
  const stop = async (): Promise<void> => {
    await running.close();
    await model.close();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop());
}

async function agreement(options: { data: string; json?: boolean }): Promise<void> {
  const { openAnnotationFolder } = await import('../systems/labelled-data/annotation-folder.ts');
  const { aboutStudies } = await import('../app/export-annotations.ts');
  const { agreementOf, sideBySide } = await import('../rules/settle-annotations.ts');
  const readers = await openAnnotationFolder(options.data).readers();
  const rows = sideBySide(readers, await aboutStudies(options.data));
  const numbers = [...new Set(rows.map((row) => row.seen.length))].sort((a, b) => a - b);
  const figures = numbers.map((number) => ({ readers: number, ...agreementOf(rows, number) }));
  const disputed = rows.filter((row) => row.differ.length > 0).map(({ study, level, differ }) => ({ study, level, differ }));
  if (options.json) console.log(JSON.stringify({ readers: readers.map((one) => one.reader), figures, disputed }));
  else {
    if (figures.length === 0) console.log('No study was finished by two readers yet.');
    for (const one of figures) console.log(words(one.readers, one));
    for (const { study, level, differ } of disputed) console.log(`  ${study} ${level}: ${differ.join(', ')}`);
  }
}

function words(readers: number, { vertebrae, disputed, kappa, loss }: AgreementFigures): string {
  const told = (name: string, one: AgreementFigures['kappa']['grade1']): string =>
    one === null
      ? `${name}: none that all judged`
      : `${name}: kappa ${one.kappa?.toFixed(2) ?? 'cannot be said (all calls alike)'}, ${(100 * one.observed).toFixed(0)} % alike, n = ${one.n}`;
  const limits = loss ? `loss: bias ${loss.bias.toFixed(1)}, limits of agreement +-${loss.limits.toFixed(1)} points (n = ${loss.n})` : '';
  return [
    `${readers} readers, ${vertebrae} vertebrae, ${disputed} in dispute`,
    told('grade 1 or more', kappa.grade1),
    told('grade 2 or more', kappa.grade2),
    limits,
  ]
    .filter((line) => line !== '')
    .join('\n');
}

async function exportAll(options: { data: string; reader?: string }): Promise<void> {
  const { exportAnnotations } = await import('../app/export-annotations.ts');
  const done = await exportAnnotations(options.data, options.reader ?? null, (study) => console.error(`exporting ${study}`));
  console.log(`${done.vertebrae} vertebrae, ${done.looks} patches: ${done.files.join(', ')}`);
  if (done.open.length > 0)
    console.log(`${done.open.length} vertebrae are in dispute and left out: backstop annotate open --data ${options.data} --adjudicate`);
}
