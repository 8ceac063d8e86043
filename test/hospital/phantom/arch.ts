/** The arch of a vertebra as rods: pedicles, laminae, processes and facets; the sacrum's wings. Frame of the body: u back, v up, w left. */
import { mirrored, type Rod } from './solids.ts';
import type { Bone } from './spine.ts';

export function archRods(bone: Bone, scale: number): Rod[] {
  if (bone.kind === 'sacral') return sacralRods(bone);
  const paired = bone.kind === 'lumbar' ? lumbarRods(bone, scale) : thoracicRods(bone, scale);
  return [...paired.flatMap((rod) => [rod, mirrored(rod)]), spinousRod(bone, scale)];
}

interface Places {
  readonly wall: number;
  readonly canal: number;
  readonly side: number;
  readonly pedicle: number;
  readonly height: number;
  readonly up: number;
}

function placesOf(bone: Bone, scale: number): Places {
  const { intact, size } = bone;
  const wall = (intact.superiorDepth + intact.inferiorDepth) / 4;
  const height = intact.superior.back * 2;
  return { wall, canal: size.canalDepth * scale, side: (size.canalWidth * scale) / 2, pedicle: size.pedicleWidth * scale, height, up: height * 0.17 };
}

function commonRods(bone: Bone, scale: number): Rod[] {
  const { wall, canal, side, pedicle, height, up } = placesOf(bone, scale);
  const tall = (bone.size.pedicleHeight * scale) / pedicle;
  const low = up - height * 0.3;
  return [
    { from: [wall - 3, up, side + pedicle / 2], to: [wall + canal * 0.6, up, side + pedicle / 2], radius: pedicle / 2, tall },
    { from: [wall + canal * 0.62, up - 1, side + 2.6], to: [wall + canal + 3.5, low, 1.5], radius: 2.9, tall: height / 9.5 },
  ];
}

function thoracicRods(bone: Bone, scale: number): Rod[] {
  const { wall, canal, side, pedicle, height, up } = placesOf(bone, scale);
  const reach = bone.size.transverseReach * scale;
  return [
    ...commonRods(bone, scale),
    { from: [wall + canal * 0.6, up, side + pedicle * 0.8], to: [wall + canal + 9, up + 2, reach], radius: 4.3, tall: 1.2 },
    { from: [wall + canal * 0.75, up, side + 2], to: [wall + canal * 0.85, height * 0.6, side + 1.5], radius: 3 },
    { from: [wall + canal + 2.5, up - height * 0.3, side * 0.8], to: [wall + canal + 2, -height * 0.62, side * 0.85], radius: 2.6 },
  ];
}

function lumbarRods(bone: Bone, scale: number): Rod[] {
  const { wall, canal, side, pedicle, height, up } = placesOf(bone, scale);
  const reach = bone.size.transverseReach * scale;
  return [
    ...commonRods(bone, scale),
    { from: [wall + 5, up, side + pedicle * 0.8], to: [wall + 9, up + 2, reach], radius: 3, tall: 1.7 },
    { from: [wall + canal * 0.72, up, side + 5], to: [wall + canal * 0.9, height * 0.58, side + 6.5], radius: 4.4 },
    { from: [wall + canal + 3, up - height * 0.3, side * 0.6], to: [wall + canal + 2.5, -height * 0.68, side * 0.72], radius: 4.3 },
  ];
}

function spinousRod(bone: Bone, scale: number): Rod {
  const { wall, canal, height, up } = placesOf(bone, scale);
  const down = (bone.size.spinousDown * Math.PI) / 180;
  const length = (bone.size.spinousLength - 6) * scale;
  const base = wall + canal + 4;
  const low = up - height * 0.35;
  const lumbar = bone.kind === 'lumbar';
  return {
    from: [base, low, 0],
    to: [base + length * Math.cos(down), low - length * Math.sin(down), 0],
    radius: lumbar ? 3 : 2.5,
    tall: lumbar ? 2.7 : 1.7,
  };
}

function sacralRods(bone: Bone): Rod[] {
  const step = Number(bone.level.slice(1)) - 1;
  const wall = (bone.shape.superiorDepth + bone.shape.inferiorDepth) / 4;
  const canal = bone.size.canalDepth;
  const reach = [47, 40, 30][step] ?? 24;
  const radius = [12, 9.5, 7.5][step] ?? 6;
  const sides: Rod[] = [
    { from: [0, 0, bone.shape.superiorWidth * 0.34], to: [9, -3, reach], radius, tall: 1.15 },
    { from: [8, 0, reach - 8], to: [wall + canal * 0.5, -2, reach - 12], radius: radius * 0.75 },
    { from: [wall + canal * 0.6, 0, reach - 20], to: [wall + canal + 2, -2, 0], radius: 3, tall: 3 },
  ];
  const crest: Rod = { from: [wall + canal + 3, 0, 0], to: [wall + canal + bone.size.spinousLength * 0.7, -4, 0], radius: 2.4, tall: 2 };
  return [...sides.flatMap((rod) => [rod, mirrored(rod)]), crest];
}
