/** The key image as PNG: the straightened spine with landmarks, levels and grades, a scale and what it must not be used for. */
import sharp from 'sharp';
import type { PictureSize, StudyFinding } from '#src/case/finding.ts';
import { percentile } from '#src/measure/normalize-image.ts';
import type { Artifact, KeyImagePainter, ModelOutput } from '#src/ports.ts';
import { drawOverlay } from './key-image-overlay.ts';

/** Each pixel of the strip is drawn this many times larger. */
export const ENLARGED = 4;
/** Bone window of CT, HU. */
const WINDOW_HU = [-160, 640] as const;

/** Grey levels 0-255: a bone window on CT (values in HU), the 1st to 99.5th percentile elsewhere. */
export function greyLevels(picture: ModelOutput['picture'], isCt: boolean): Uint8Array {
  const sorted = isCt ? null : picture.values.slice().sort();
  const [low, high] = sorted ? [percentile(sorted, 1), percentile(sorted, 99.5)] : WINDOW_HU;
  const count = picture.values.length;
  const levels = new Uint8Array(count);
  for (let index = 0; index < count; index += 1)
    levels[index] = Math.max(0, Math.min(255, (255 * (picture.values[index]! - low)) / (high - low || 1)));
  return levels;
}

/** CT is told by its values: nothing else reaches -900 (air) as a tenth of the picture or has a trabecular density. */
function isCt(output: ModelOutput): boolean {
  if (output.bodies.some((body) => body.trabecular !== null)) return true;
  return percentile(output.picture.values.slice().sort(), 2) < -500;
}

async function paint(strip: Artifact, finding: StudyFinding): Promise<Artifact | undefined> {
  if (!finding.picture) return undefined;
  const { columns, rows }: PictureSize = finding.picture;
  const size = { width: columns * ENLARGED, height: rows * ENLARGED };
  const { data, info } = await sharp(strip.bytes)
    .resize({ ...size, kernel: 'cubic' })
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { svg, width, height, pictureLeft, pictureTop } = drawOverlay(
    finding.vertebrae,
    finding.picture,
    finding.state === 'measured' ? finding : null,
    ENLARGED,
  );
  const margins = { left: pictureLeft, top: pictureTop, right: width - pictureLeft - size.width, bottom: height - pictureTop - size.height };
  // A margin is cheaper than a second picture to lay this one on; level 9 of deflate takes twice the time of level 6 for 3 % fewer bytes.
  const bytes = await sharp(data, { raw: { width: info.width, height: info.height, channels: info.channels } })
    .extend({ ...margins, background: '#0b0f14' })
    .composite([{ input: Buffer.from(svg), left: 0, top: 0 }])
    .png({ compressionLevel: 6, palette: false })
    .toBuffer();
  return { name: 'key-image.png', contentType: 'image/png', bytes };
}

async function paintStrip(output: ModelOutput): Promise<Artifact> {
  const { columns: width, rows: height } = output.picture;
  const bytes = await sharp(greyLevels(output.picture, isCt(output)), { raw: { width, height, channels: 1 } })
    .png()
    .toBuffer();
  return { name: 'strip.png', contentType: 'image/png', bytes };
}

/** No patient data goes into the pictures: they are stored and shown by case. */
export function makeKeyImagePainter(): KeyImagePainter {
  return { paint, paintStrip };
}
