/** One name for a set of models: equal only when every network's file and manifest is the same. Promotions and comparisons speak of it. */
import { createHash } from 'node:crypto';
import type { ModelIdentity } from '#src/case/finding.ts';
import { GiveUp } from '#src/lib/errors.ts';
import { readModelFolder } from './read-model-folder.ts';

export interface ModelSet {
  /** Hex, 12 digits. */
  readonly digest: string;
  /** "id version (first digits of the SHA-256)" of each network, in order. */
  readonly names: readonly string[];
}

export function modelSetOf(identities: readonly ModelIdentity[]): ModelSet {
  const lines = identities.map(({ id, version, sha256, manifestSha256 }) => `${id} ${version} ${sha256} ${manifestSha256}`).sort();
  return {
    digest: createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 12),
    names: identities.map(({ id, version, sha256 }) => `${id} ${version} (${sha256.slice(0, 8)})`),
  };
}

/** Of folders as they lie there, without running a network. Throws GiveUp MODEL_REFUSED for one that the server would refuse unread. */
export async function readModelSet(folders: readonly string[]): Promise<ModelSet> {
  const identities: ModelIdentity[] = [];
  for (const folder of folders) {
    const read = await readModelFolder(folder);
    if (!read.ok) throw new GiveUp(`the model in ${folder} is refused: ${read.problems.join('; ')}`, { code: 'MODEL_REFUSED', phase: 'parse' });
    const { manifest, manifestSha256 } = read.model;
    const { id, version, file, card } = manifest;
    identities.push({ id, version, sha256: file.sha256, manifestSha256, clinicalData: card.clinicalData });
  }
  return modelSetOf(identities);
}
