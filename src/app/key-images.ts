/** The key image of a case is painted from its strip and its finding when somebody asks for it: a card does not wait for it, and no case keeps it. */
import type { Case } from '../case/case.ts';
import type { CaseId } from '../case/ids.ts';
import type { Artifact, CaseStore, KeyImagePainter } from '../ports.ts';

const KEY_IMAGE = 'key-image.png';
const STRIP = 'strip.png';

/**
 * The store, in which every case that has a strip has a key image. `painter` is asked for at the first use: it brings a library for pictures, which a
 * process that nobody asks for one does without. The last picture is kept, because several channels of a case want the same one.
 */
export function withKeyImages(store: CaseStore, painter: () => Promise<Pick<KeyImagePainter, 'paint'>>): CaseStore {
  let last: { readonly of: string; readonly image: Promise<Artifact | undefined> } | undefined;
  const paint = async ({ id, facts: { finding } }: Case): Promise<Artifact | undefined> => {
    const strip = finding?.picture && (await store.artifact(id, STRIP));
    // Cases of earlier versions kept theirs.
    return finding && strip ? await (await painter()).paint(strip, finding) : await store.artifact(id, KEY_IMAGE);
  };
  const keyImage = async (id: CaseId): Promise<Artifact | undefined> => {
    const subject = await store.load(id);
    if (!subject) return undefined;
    const of = `${id} ${subject.version}`;
    if (last?.of !== of) last = { of, image: paint(subject) };
    try {
      return await last.image;
    } catch (error) {
      last = undefined;
      throw error;
    }
  };
  return { ...store, artifact: (id, name) => (name === KEY_IMAGE ? keyImage(id) : store.artifact(id, name)) };
}
