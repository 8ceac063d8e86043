/** One vertebra as solids: body, discs, arch with its processes, and what is inside the bone. */

import { archRods } from './arch.ts';
import { bodyDistance, endplateHeight, wallDistance } from './body.ts';
import { toPatient } from './frame.ts';
import type { PhantomParameters } from './parameters.ts';
import { boxAround, type DistanceTo, type Rod, rodDistance, type Solid } from './solids.ts';
import { type Bone, toBone } from './spine.ts';

const CORTEX_MM = 0.95;

/** All solids of the column in the order to paint them: discs first, then each bone from below. */
export function columnSolids(bones: readonly Bone[], scale: number, parameters: PhantomParameters): Solid[] {
  const discs = bones.slice(1).map((lower, index) => discSolids(bones[index] as Bone, lower));
  const vertebrae = [...bones].reverse().map((bone) => boneSolids(bone, scale, parameters));
  return [...discs.flat(), ...vertebrae.flat()];
}

/** Annulus and nucleus between two bodies; in the sacrum the fused remnant is drawn by the same means. */
function discSolids(upper: Bone, lower: Bone): Solid[] {
  const corners = [-22, 22].flatMap((u) => [-28, 28].flatMap((w) => [toPatient(lower.frame, u, 8, w), toPatient(upper.frame, u, -8, w)]));
  const box = boxAround(corners, 8);
  const distances = (x: number, y: number, z: number, rimInset: number, plateInset: number): number => {
    const [ul, vl, wl] = toBone(lower.frame, x, y, z);
    const over = endplateHeight(lower.shape, 1, ul, wl) - vl;
    if (over > 3) return over;
    const [uu, vu, wu] = toBone(upper.frame, x, y, z);
    const under = vu - endplateHeight(upper.shape, -1, uu, wu);
    const rim = (wallDistance(lower.shape, ul, 99, wl) + wallDistance(upper.shape, uu, -99, wu)) / 2 - 0.6;
    return Math.max(over - 1 + plateInset, under - 1 + plateInset, rim + rimInset);
  };
  const distance: DistanceTo = (x, y, z) => distances(x, y, z, 0, 0);
  if (lower.kind === 'sacral' && upper.kind === 'sacral') return [{ box, material: 'archSpongy', distance }];
  const nucleus: DistanceTo = (x, y, z) => distances(x, y, z, 6.5, 1.4);
  return [
    { box, material: 'annulus', distance },
    { box, material: 'nucleus', distance: nucleus },
  ];
}

function boneSolids(bone: Bone, scale: number, parameters: PhantomParameters): Solid[] {
  const rods = [...archRods(bone, scale), ...spurRods(bone, parameters.wear ?? 0)];
  const { frame, shape } = bone;
  const reach = Math.max(shape.superiorWidth, shape.inferiorWidth) / 2 + 2;
  const tall = shape.superior.back + 4;
  const deep = shape.superiorDepth / 2 + 4;
  const bodyCorners = [-deep, deep].flatMap((u) => [-tall, tall].flatMap((v) => [toPatient(frame, u, v, -reach), toPatient(frame, u, v, reach)]));
  const bodyBox = boxAround(bodyCorners, 1);
  const tumourBox = boxAround(bodyCorners, 24);
  const inBone =
    (measure: (u: number, v: number, w: number) => number): DistanceTo =>
    (x, y, z) =>
      measure(...toBone(frame, x, y, z));
  // All outer shells come before all insides: the walls between a body and its pedicles vanish, as in bone.
  const solids: Solid[] = [
    ...rods.map((rod) => rodSolid(bone, rod, 'cortex', 0)),
    { box: bodyBox, material: 'cortex', distance: inBone((u, v, w) => bodyDistance(shape, u, v, w)) },
    ...rods.map((rod) => rodSolid(bone, rod, 'archSpongy', 1.2)),
    { box: bodyBox, material: 'spongy', distance: inBone((u, v, w) => bodyDistance(shape, u, v, w) + CORTEX_MM) },
    { box: bodyBox, material: 'fat', distance: inBone((u, v, w) => veinDistance(bone, u, v, w)) },
  ];
  const fracture = parameters.fractures?.find((candidate) => candidate.level === bone.level);
  if (fracture && fracture.denseBand !== false) {
    const band = (u: number, v: number, w: number): number =>
      Math.max(bodyDistance(shape, u, v, w) + 1.2, Math.abs(endplateHeight(shape, 1, u, w) - 4.2 - v) - 1.8, u - shape.superiorDepth * 0.3);
    solids.push({ box: bodyBox, material: 'denseBand', distance: inBone(band) });
  }
  if (parameters.lyticLevels?.some((level) => level === bone.level))
    solids.push({ box: tumourBox, material: 'tumour', distance: inBone((u, v, w) => lyticDistance(bone, u, v, w)) });
  return solids;
}

function rodSolid(bone: Bone, rod: Rod, material: Solid['material'], inset: number): Solid {
  const { frame } = bone;
  const box = boxAround([toPatient(frame, ...rod.from), toPatient(frame, ...rod.to)], rod.radius * Math.max(1, rod.tall ?? 1) + 1);
  return { box, material, distance: (x, y, z) => rodDistance(rod, ...toBone(frame, x, y, z)) + inset };
}

/** The basivertebral vein's funnel behind the middle of the body: a few mm of fat and blood. */
function veinDistance(bone: Bone, u: number, v: number, w: number): number {
  if (bone.kind === 'sacral' || bone.kind === 'cervical') return 99;
  const back = bone.shape.superiorDepth / 2;
  const into = (back - u) / (back * 0.75);
  if (into < 0.05 || into > 1) return 99;
  return Math.hypot(v, w * 0.45) - 1.5 * (1 - into);
}

/** A lobulated hole through the back wall and the left pedicle, with soft tissue bulging into the canal. */
function lyticDistance(bone: Bone, u: number, v: number, w: number): number {
  const back = bone.shape.superiorDepth / 2;
  const lobe = (cu: number, cv: number, cw: number, ru: number, rv: number, rw: number): number =>
    (Math.hypot((u - cu) / ru, (v - cv) / rv, (w - cw) / rw) - 1) * Math.min(ru, rv, rw);
  return Math.min(lobe(back - 7, 2, 5, 12, 8, 12), lobe(back + 6, 3, bone.size.canalWidth / 2 + 3, 8, 7, 6), lobe(-2, -2, 9, 9, 6.5, 8));
}

/** Beaks at the front rims; they are no part of the corners (docs/model-contract.md). */
function spurRods(bone: Bone, wear: number): Rod[] {
  if (wear <= 0 || bone.kind === 'sacral') return [];
  const { superior, inferior, superiorDepth, inferiorDepth, superiorWidth } = bone.shape;
  const radius = 0.9 + 1.1 * wear;
  const rim = superiorWidth * 0.3;
  const top = superior.front - superior.drop - radius;
  const bottom = inferior.front + inferior.drop + radius;
  const spur = (u: number, v: number): Rod => ({ from: [u, v, -rim], to: [u, v, rim], radius });
  return [spur(-superiorDepth / 2 - radius * 0.5 + 0.6, top), spur(-inferiorDepth / 2 - radius * 0.5 + 0.6, bottom)];
}
