/** The key image: right size, nothing of the picture painted over where nothing was found, the legend and each grade's sign in the overlay. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import sharp from 'sharp';
import { type Grade, LANDMARK_NAMES, type Vertebra } from '#src/case/vertebra.ts';
import type { ModelOutput } from '#src/ports.ts';
import { greyLevels, makeKeyImagePainter } from '#src/systems/fracture-model/key-image.ts';
import { drawOverlay, GRADE_LOOK, gradeSign } from '#src/systems/fracture-model/key-image-overlay.ts';

const PICTURE = { columns: 128, rows: 160, values: Float32Array.from({ length: 128 * 160 }, (_, i) => (i % 128) * 8 - 300), mmPerPixel: 1 };

function vertebra(grade: Grade | null): Vertebra {
  const landmarks = LANDMARK_NAMES.map((name, i) => ({ name, picture: [48 + 8 * (i % 5), i < 5 ? 60 : 84] as const, lps: null, sigma: 0.5 }));
  const loss = { anterior: 30, middle: 10, posterior: 0, percent: 30, raw: 33, sd: 6 };
  const base = {
    level: 'T12',
    levelProbability: 0.8,
    levelText: 'T12/L1?',
    flags: [],
    landmarks,
    centrePicture: [64, 72],
    centreLps: null,
    trabecularHu: null,
  } as const;
  if (grade === null)
    return {
      ...base,
      state: 'not_evaluable',
      reason: 'metal-or-cement',
      grade,
      gradeText: '',
      shape: null,
      loss: null,
      heights: null,
      probability: null,
    };
  const heights = { anterior: 17.2, middle: 20.1, posterior: 24.3, unit: 'mm' } as const;
  return { ...base, state: 'graded', reason: null, grade, gradeText: String(grade), shape: 'wedge', loss, heights, probability: [1, 0.8, 0.1] };
}

test('bone window on CT, percentiles elsewhere; both end at black and white', () => {
  const ct = greyLevels({ ...PICTURE, columns: 3, rows: 1, values: Float32Array.of(-1000, 240, 3000) }, true);
  assert.deepEqual([...ct], [0, 127, 255]);
  const mr = greyLevels(PICTURE, false);
  assert.ok(Math.min(...mr) === 0 && Math.max(...mr) === 255);
  assert.ok(
    greyLevels({ ...PICTURE, values: new Float32Array(128 * 160).fill(5) }, false).every((value) => value === 0),
    'a flat picture is no fault',
  );
});

test('each grade has its own colour and its own shape; "not evaluable" differs from grade 0', () => {
  const shapes = ([0, 1, 2, 3, null] as const).map((grade) => gradeSign(grade, 0, 0, 'red'));
  assert.equal(new Set(shapes).size, 5);
  assert.equal(new Set(Object.values(GRADE_LOOK).map((look) => look.colour)).size, 4);
});

test('the overlay says level, grade, shape, loss, heights or the reason; the legend never says "no fracture"', () => {
  const svg = drawOverlay([vertebra(2)], PICTURE, null, 4).svg;
  for (const words of ['T12/L1?', 'grade 2', 'wedge', '30 %', '17.2 / 20.1 / 24.3 mm', 'AI, not for diagnosis until validated', '50 mm'])
    assert.ok(svg.includes(words), words);
  assert.ok(!/no fracture/i.test(svg));
  assert.ok(drawOverlay([vertebra(null)], PICTURE, null, 4).svg.includes('metal or cement'));
  assert.ok(drawOverlay([], { ...PICTURE, mmPerPixel: null }, null, 4).svg.includes('no millimetres'));
});

test('a landmark is drawn where it lies: the corner’s dot is at the corner’s pixel', async () => {
  const output: ModelOutput = { bodies: [], picture: PICTURE, notes: [] };
  const painter = makeKeyImagePainter();
  const finding = { state: 'cannot-say', reason: 'too-few-vertebrae', detail: '', vertebrae: [vertebra(3)], models: [], picture: PICTURE } as const;
  const strip = await painter.paintStrip(output);
  const image = await painter.paint(strip, finding);
  assert.ok(image);
  assert.equal(await painter.paint(strip, { ...finding, picture: undefined } as never), undefined, 'a finding without a picture');
  const { data, info } = await sharp(image.bytes).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const overlay = drawOverlay([vertebra(3)], PICTURE, null, 4);
  assert.deepEqual([info.width, info.height], [overlay.width, overlay.height]);
  const [x, y] = [overlay.pictureLeft + 4 * 48.5, overlay.pictureTop + 4 * 60.5];
  const at = (Math.round(y) * info.width + Math.round(x)) * info.channels;
  const [red, green, blue] = [data[at]!, data[at + 1]!, data[at + 2]!];
  assert.ok(red > 220 && green < 150 && blue < 140, `the colour of grade 3, not ${red},${green},${blue}`);
});

test('the bare strip is the picture itself, pixel for pixel', async () => {
  const strip = await makeKeyImagePainter().paintStrip({ bodies: [], picture: PICTURE, notes: [] });
  assert.equal(strip.name, 'strip.png');
  const { data, info } = await sharp(strip.bytes).raw().toBuffer({ resolveWithObject: true });
  assert.deepEqual([info.width, info.height], [128, 160]);
  assert.equal(data[5 * info.width * info.channels], greyLevels(PICTURE, false)[5 * 128]);
});

test('what lies beyond the picture is not drawn over the legend, and a body that could not be read is named without an outline', () => {
  const beyond = vertebra(2);
  const clipped = drawOverlay([beyond], PICTURE, null, 4).svg;
  assert.match(clipped, /<clipPath id="picture"><rect x="130" y="64" width="512" height="640"\/><\/clipPath><g clip-path="url\(#picture\)"><polygon/);
  const unread: Vertebra = { ...vertebra(null), reason: 'low-picture-quality' };
  const { svg } = drawOverlay([unread], PICTURE, null, 4);
  assert.doesNotMatch(svg, /<polygon/);
  assert.match(svg, /T12\/L1\?/);
  assert.match(svg, /A fracture may still be there/);
});
