/** `backstop curate`: a de-identified data set for training and testing from archived reports and their images; `curate verify` proves what is not in it. */
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { readConfig } from '../config.ts';
import { makeLog } from '../lib/log.ts';
import type { WithData } from './case-commands.ts';

interface CurateOptions {
  readonly messages?: string;
  readonly since?: Date;
  readonly out?: string;
  readonly secretFile?: string;
  readonly identifiers?: string;
  readonly cases?: number;
  readonly controlsPerCase: number;
  readonly ageWithin: number;
  readonly splits: readonly [train: number, tune: number, test: number];
}

interface VerifyOptions {
  readonly out?: string;
  readonly identifiers?: string;
  readonly allow: readonly string[];
}

function whole(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('a whole number');
  return Number(text);
}

function splits(text: string): readonly [number, number, number] {
  const parts = text.split('/').map(Number);
  const [train = Number.NaN, tune = Number.NaN, test = Number.NaN] = parts;
  if (parts.length !== 3 || train + tune + test !== 100 || Math.min(train, tune, test) < 0)
    throw new InvalidArgumentError('three shares that make 100, like 70/15/15');
  return [train / 100, tune / 100, test / 100];
}

function day(text: string): Date {
  const at = new Date(text);
  if (!/^\d{4}-\d{2}-\d{2}/.test(text) || Number.isNaN(at.getTime())) throw new InvalidArgumentError('a day like 2026-11-30');
  return at;
}

const beside = (out: string): string => `${out.replace(/\/+$/, '')}.identifiers.jsonl`;

export function addCurateCommand(program: Command, withData: WithData, version: string): void {
  const command = program
    .command('curate')
    .description('makes a de-identified set of studies with labels from archived reports, cases and controls matched; run it again to go on')
    .option('--messages <dir>', 'archived ORU messages as files')
    .option('--since <day>', 'or: the messages that Backstop stored from this day on', day)
    .option('--out <dir>', 'folder of the set')
    .option('--secret-file <file>', 'a secret of at least 32 characters: the same secret gives the same pseudonyms')
    .option('--identifiers <file>', 'what names somebody, for `curate verify` (default: beside the set)')
    .option('--cases <n>', 'at most so many cases', whole)
    .option('--controls-per-case <n>', 'controls for each case', whole, 1)
    .option('--age-within <years>', 'a control is at most so much older or younger', whole, 5)
    .option('--splits <shares>', 'train/tune/test, percent of the cases', splits, [0.7, 0.15, 0.15] as const)
    .action((options: CurateOptions) => makeSet(options, withData, version));
  // Its options are the ones of `curate`, wherever they stand on the line.
  command
    .command('verify')
    .description('looks in every byte of a set (--out) for every identifier that went in; exit 1 when one is found')
    .option('--allow <words...>', 'words that were looked at and are harmless', [])
    .action((_options: object, self: Command) => verify(self.optsWithGlobals<VerifyOptions>()));
}

function given(value: string | undefined, name: string): string {
  if (value === undefined) throw new Error(`${name} is not given`);
  return value;
}

async function makeSet(options: CurateOptions, withData: WithData, version: string): Promise<void> {
  if ((options.messages === undefined) === (options.since === undefined)) throw new Error('give either --messages or --since');
  const config = readConfig(process.env);
  const log = makeLog({ level: config.LOG_LEVEL === 'info' ? 'warn' : config.LOG_LEVEL, destination: 2 });
  const { heapOf, piecesOfFolder, piecesOfStore } = await import('../app/curate-sources.ts');
  const { curate } = await import('../app/curate.ts');
  const { openArchive } = await import('../app/outside.ts');
  const out = given(options.out, '--out');
  const secret = readFileSync(given(options.secretFile, '--secret-file'), 'utf8');
  const work = async (heap: Awaited<ReturnType<typeof heapOf>>): Promise<void> => {
    const archive = openArchive(config, log);
    try {
      const settings = {
        out,
        identifiersFile: options.identifiers ?? beside(out),
        secret,
        maxCases: options.cases ?? null,
        controlsPerCase: options.controlsPerCase,
        ageWithinYears: options.ageWithin,
        splits: { train: options.splits[0], tune: options.splits[1] },
        software: version,
        today: new Date().toISOString().slice(0, 10),
      };
      const { studies } = await curate(heap, settings, { archive, progress: (text) => console.error(text) });
      console.log(`${studies.length} studies in ${out}; next: backstop curate verify --out ${out}`);
    } finally {
      heap.close();
      await archive.close();
    }
  };
  // Beside the set, where its owner has room and where what names somebody is kept anyway.
  const wish = { folder: dirname(resolve(out)) };
  mkdirSync(wish.folder, { recursive: true });
  const { messages, since } = options;
  if (messages !== undefined) await work(await heapOf(piecesOfFolder(messages, config), wish));
  else if (since) await withData(async (data) => work(await heapOf(piecesOfStore(data, since, config), wish)));
}

async function verify(options: VerifyOptions): Promise<void> {
  const { verifySet } = await import('../systems/curated-set/verify-set.ts');
  const out = given(options.out, '--out');
  const result = await verifySet(out, options.identifiers ?? beside(out), options.allow);
  for (const one of result.found.slice(0, 200)) console.log(`${one.file}: ${one.kind} (${one.encoding}) at byte ${one.offset}, ${one.where}`);
  if (result.found.length > 200) console.log(`and ${result.found.length - 200} more`);
  console.log(`${result.files} files, ${result.bytes} bytes searched for ${result.identifiers} identifiers: ${result.found.length} found`);
  if (result.identifiers === 0) console.log('no identifier was looked for: this proves nothing');
  process.exitCode = result.found.length > 0 || result.identifiers === 0 ? 1 : 0;
}
