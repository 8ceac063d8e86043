/** What a reader starts from: the straightened picture of a study and the model's points, without what it says of them. */
import { type Proposal, SIX_POINTS, type SixOnPicture } from '../case/annotation.ts';
import type { SpineImages } from '../case/volume.ts';
import type { FractureModel, KeyImagePainter } from '../ports.ts';
import type { StoredProposal } from '../systems/labelled-data/annotation-folder.ts';

/** Throws what the model throws. Null when it sees no spine: then there is no picture to mark. */
export async function makeProposal(
  study: string,
  images: SpineImages,
  ports: { readonly model: FractureModel; readonly painter: Pick<KeyImagePainter, 'paintStrip'> },
): Promise<StoredProposal | null> {
  const output = await ports.model.measure(images, new AbortController().signal);
  if (output.picture.rows === 0) return null;
  const { columns, rows, mmPerPixel, rowsLps, rowsFilm } = output.picture;
  const proposal: Proposal = {
    study,
    columns,
    rows,
    mmPerPixel,
    rowsLps: rowsLps ?? null,
    rowsFilm: rowsFilm ?? null,
    bodies: output.bodies.map(({ level, landmarks }) => ({
      level,
      points: Object.fromEntries(SIX_POINTS.map((name) => [name, landmarks.find((one) => one.name === name)!.picture])) as unknown as SixOnPicture,
    })),
  };
  return { proposal, png: (await ports.painter.paintStrip(output)).bytes };
}
