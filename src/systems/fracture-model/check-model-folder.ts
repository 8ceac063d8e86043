/** `backstop model check DIR`: loads a model as the server would and says what is wrong with it. */
import { GiveUp } from '#src/lib/errors.ts';
import { chooseProvider } from './execution-provider.ts';
import { readModelFolder } from './read-model-folder.ts';
import { selfTestProblems } from './self-test.ts';
import { openSession } from './session.ts';

export interface FolderCheck {
  readonly ok: boolean;
  readonly problems: readonly string[];
  readonly contract: string | null;
}

const LIMITS = { timeLimitMs: 30_000, memoryLimitMb: 4096 };

/**
 * Any contract may be checked, with the execution providers that the server would use; the network runs in its own process with a limit of 30 s a
 * call and 4 GiB.
 */
export async function checkModelFolder(folder: string, providers: readonly string[] = ['cpu'], limits = LIMITS): Promise<FolderCheck> {
  const read = await readModelFolder(folder);
  if (!read.ok) return { ok: false, problems: read.problems, contract: null };
  const { model } = read;
  const { contract } = model.manifest;
  let executionProviders: readonly string[];
  try {
    executionProviders = chooseProvider(providers).use;
  } catch (error) {
    if (!(error instanceof GiveUp)) throw error;
    return { ok: false, problems: [error.message], contract };
  }
  const session = openSession({ models: [{ name: 'model', file: model.file }], executionProviders, intraOpThreads: 1, ...limits });
  try {
    const problems = await selfTestProblems(model, 'model', session);
    return { ok: problems.length === 0, problems, contract };
  } finally {
    await session.close();
  }
}
