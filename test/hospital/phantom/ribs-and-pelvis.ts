/** Ribs as bent tubes on the chest's outline, and the two iliac wings beside the sacrum. */
import type { PointLps } from '#src/case/vertebra.ts';
import { toPatient } from './frame.ts';
import { boxAround, type Rod, rodDistance, type Solid } from './solids.ts';
import type { Bone } from './spine.ts';

/** Fallen angle of a rib, and how far round it goes (share of a full rib). */
const ROUND = [0.75, 0.9, 1, 1, 1, 1, 1, 1, 1, 0.95, 0.5, 0.3, 0.16];

export function ribSolids(bones: readonly Bone[], pairs: number, scale: number): Solid[] {
  const carriers = bones.filter((bone) => bone.kind === 'thoracic' || bone.kind === 'lumbar').slice(0, pairs);
  const bars = carriers.flatMap((bone, index) => [1, -1].flatMap((side) => ribPath(bone, index, side, scale)));
  return [...bars.map((bar) => tube(bar, 0, 'cortex')), ...bars.map((bar) => tube(bar, 1.2, 'ribMarrow'))];
}

interface Bar {
  readonly from: PointLps;
  readonly to: PointLps;
  readonly radius: number;
  readonly tall: number;
}

function tube(bar: Bar, inset: number, material: Solid['material']): Solid {
  const rod: Rod = { from: bar.from, to: bar.to, radius: bar.radius - inset };
  const box = boxAround([bar.from, bar.to], bar.radius * bar.tall + 1);
  // The rods of solids.ts stretch along their second coordinate; here that is z.
  const stretched: Rod = { ...rod, from: [rod.from[0], rod.from[2], rod.from[1]], to: [rod.to[0], rod.to[2], rod.to[1]], tall: bar.tall };
  return { box, material, distance: (x, y, z) => rodDistance(stretched, x, z, y) };
}

function ribPath(bone: Bone, index: number, side: number, scale: number): Bar[] {
  const { shape, size, frame } = bone;
  const wall = shape.superiorDepth / 2;
  const high = index === 0 || index >= 10 ? 0 : bone.intact.superior.back * 0.85;
  const reach = Math.max(size.transverseReach, 24) * scale;
  const head = toPatient(frame, wall - 4, high, side * (shape.superiorWidth / 2 - 1));
  const knuckle = toPatient(frame, wall + size.canalDepth + 5, high * 0.35 + 1, side * (reach + 2));
  const points: PointLps[] = [head, knuckle];
  const round = (ROUND[index] ?? 0.2) * 2.2;
  const half: readonly [number, number] = [
    (index === 0 ? 62 : index < 4 ? 88 + index * 12 : 124) * scale,
    (index < 3 ? 58 + 10 * index : 88) * scale,
  ];
  const start = Math.acos(Math.min(0.98, (reach + 16) / half[0]));
  const pivot = knuckle[1] + 5 - half[1] * Math.sin(start);
  for (let k = 0; k <= 9; k++) {
    const angle = start - (round * k) / 9;
    const fallen = 7 + 26 * (start - angle) + (index < 2 ? -4 : 0);
    points.push([frame.centre[0] + side * half[0] * Math.cos(angle), pivot + half[1] * Math.sin(angle), knuckle[2] - fallen * scale]);
  }
  return points.slice(1).map((to, k) => ({ from: points[k] as PointLps, to, radius: k === 0 ? 3 : 3.3, tall: k === 0 ? 1.2 : 1.75 }));
}

/** A curved plate on each side of the sacrum, from the joint outwards and forwards. */
export function pelvisSolids(sacrum: Bone, scale: number): Solid[] {
  const bars: Bar[] = [];
  for (const side of [1, -1]) {
    const bend: PointLps[] = [
      toPatient(sacrum.frame, 46, -4, side * 42 * scale),
      toPatient(sacrum.frame, 22, 0, side * 60 * scale),
      toPatient(sacrum.frame, -8, 6, side * 72 * scale),
      toPatient(sacrum.frame, -45, 14, side * 100 * scale),
    ];
    bend.slice(1).forEach((to, k) => {
      bars.push({ from: bend[k] as PointLps, to, radius: [8, 6, 4.5][k] ?? 5, tall: [4, 5.5, 7.5][k] ?? 5 });
    });
  }
  return [...bars.map((bar) => tube(bar, 0, 'cortex')), ...bars.map((bar) => tube(bar, 1.4, 'ribMarrow'))];
}
