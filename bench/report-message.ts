/** An ORU^R01 of about 3 kB about an invented person, as a radiology system sends it: for the benches of the door. */
import { oru } from '#test/systems/hl7/messages.ts';

const LINES = [
  'CT CHEST WITHOUT CONTRAST',
  'HISTORY: Cough for six weeks. Former smoker.',
  'TECHNIQUE: Axial images from the lung apices to the adrenal glands, with coronal and sagittal reformats.',
  'COMPARISON: None.',
  'FINDINGS:',
  'The lungs are clear. No nodule, no consolidation, no pleural effusion. The airways are patent.',
  'The heart is of normal size. There is mild calcification of the coronary arteries and of the aortic arch.',
  'No enlarged mediastinal, hilar or axillary lymph nodes.',
  'The visible part of the liver shows a simple cyst of 12 mm. The adrenal glands are normal.',
  'Bones: There is anterior wedge compression of T8 with about 30 % loss of height, of indeterminate age. Degenerative changes \\T\\ osteophytes.',
  'IMPRESSION:',
  '1. No acute abnormality of the chest.',
  '2. Compression fracture of T8, age indeterminate. Assessment of bone density is advised if not already done.',
];

/** `id` makes it another message about another examination. */
export function reportMessage(id: string): Buffer {
  return Buffer.from(oru({ controlId: id, accession: `A${id}`, text: [...LINES, ...LINES] }), 'utf8');
}
