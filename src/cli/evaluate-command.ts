/** `backstop evaluate`: a model on labelled data, through the same pipeline as the server's, with one HTML report. */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { readConfig } from '../config.ts';
import { makeLog } from '../lib/log.ts';

interface EvaluateOptions {
  readonly model?: string;
  readonly data: string;
  readonly labels?: string;
  readonly layout: 'verse' | 'spider' | 'points' | 'curated';
  readonly out: string;
  readonly json?: boolean;
}

export function addEvaluateCommand(program: Command): void {
  program
    .command('evaluate')
    .description('measures a model on labelled data: figures with confidence intervals by subgroup, plots, one HTML page')
    .option('--model <dir>', 'folder of the landmark model (default: the configured one)')
    .requiredOption('--data <dir>', 'folder with the scans')
    .option('--labels <file>', 'CSV of labels (grades, points); a curated set brings its own: points.csv of the annotation, else labels.csv')
    .addOption(new Option('--layout <layout>', 'how the data lies').choices(['verse', 'spider', 'points', 'curated']).default('points'))
    .option('--out <file>', 'where the HTML report goes', 'evaluation.html')
    .option('--json', 'print the scores as one JSON object')
    .action(evaluate);
}

function labelsOf({ labels, data, layout }: EvaluateOptions): string {
  if (labels !== undefined) return labels;
  if (layout !== 'curated') throw new Error('--labels is missing: the CSV of labels');
  const points = join(data, 'points.csv');
  return existsSync(points) ? points : join(data, 'labels.csv');
}

async function evaluate(options: EvaluateOptions): Promise<void> {
  const config = readConfig({ ...process.env, ...(options.model ? { MODEL_LANDMARKS_DIR: options.model } : {}) });
  const log = makeLog({ level: 'warn', destination: 2 });
  const { openModel } = await import('../app/outside.ts');
  const { evaluateModel } = await import('../steps/evaluate-model.ts');
  const { openLabelledData } = await import('../systems/labelled-data/open-labelled-data.ts');
  const { evaluationFigures, evaluationLines } = await import('../measure/evaluation-figures.ts');
  const { evaluationReport } = await import('../systems/labelled-data/evaluation-report.ts');
  const model = await openModel(config, log);
  try {
    const { readLocalSlices } = await import('../app/read-local-slices.ts');
    const labelsFile = labelsOf(options);
    const scans = openLabelledData({ folder: options.data, labelsFile, layout: options.layout, readSlices: readLocalSlices });
    const result = await evaluateModel({ scans, model }, new AbortController().signal, (scan) => console.error(`measuring ${scan}`));
    await writeFile(options.out, evaluationReport({ ...result, models: model.identities() }));
    const figures = evaluationFigures(result);
    if (options.json) console.log(JSON.stringify(figures));
    else
      console.log(
        `${evaluationLines(figures)}\n${result.rows.length} vertebrae scored, ${result.invented} invented, ${result.failed.length} scans failed; report in ${options.out}`,
      );
  } finally {
    await model.close();
  }
}
