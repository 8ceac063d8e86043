/** The key picture as the JPEG that a PDF can hold: baseline, RGB, no larger than a page needs. */
import sharp from 'sharp';
import type { Artifact } from '../ports.ts';
import type { Picture } from '../systems/fhir/letter-layout.ts';

/** At 250 by 600 points this is about 260 pixels an inch. */
const LARGEST = { width: 900, height: 2_160 };

export async function letterPicture(keyImage: Artifact | undefined): Promise<Picture | null> {
  if (!keyImage) return null;
  const { data, info } = await sharp(keyImage.bytes)
    .resize({ ...LARGEST, fit: 'inside', withoutEnlargement: true })
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
    .jpeg({ quality: 85, progressive: false, chromaSubsampling: '4:4:4' })
    .toBuffer({ resolveWithObject: true });
  return { jpeg: data, columns: info.width, rows: info.height };
}
