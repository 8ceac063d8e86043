/** `backstop model check DIR`: loads a model as the server would and says what is wrong with it. */
import { readModelFolder } from './read-model-folder.ts';
import { selfTestProblems } from './self-test.ts';
import { openSession } from './session.ts';

export interface FolderCheck {
  readonly ok: boolean;
  readonly problems: readonly string[];
  readonly contract: string | null;
}

/** Any contract may be checked; the network runs in its own process with a limit of 30 s a call and 4 GiB. */
export async function checkModelFolder(folder: string, limits = { timeLimitMs: 30_000, memoryLimitMb: 4096 }): Promise<FolderCheck> {
  const read = await readModelFolder(folder);
  if (!read.ok) return { ok: false, problems: read.problems, contract: null };
  const { model } = read;
  const session = openSession({ models: [{ name: 'model', file: model.file }], executionProviders: ['cpu'], intraOpThreads: 1, ...limits });
  try {
    const problems = await selfTestProblems(model, 'model', session);
    return { ok: problems.length === 0, problems, contract: model.manifest.contract };
  } finally {
    await session.close();
  }
}
