/** What the phantom is made of, and how bright each material is on CT (HU at 120 kV), on a T1- and on a T2-weighted MR (arbitrary signal). */
import type { PhantomParameters } from './parameters.ts';

const MATERIALS = [
  'air',
  'lung',
  'lungVessel',
  'fat',
  'skin',
  'muscle',
  'ligament',
  'mediastinum',
  'blood',
  'liver',
  'spleen',
  'kidney',
  'bowel',
  'bowelContent',
  'gas',
  'csf',
  'cord',
  'annulus',
  'nucleus',
  'cortex',
  'spongy',
  'archSpongy',
  'ribMarrow',
  'denseBand',
  'tumour',
  'calcium',
  'tableShell',
  'tableFoam',
] as const;
export type Material = (typeof MATERIALS)[number];

export type Brightness = Readonly<Record<Material, number>>;

export function ctBrightness(parameters: PhantomParameters): Brightness {
  const spongy = parameters.trabecularHu ?? 150;
  const blood = parameters.contrast ? 165 : 42;
  return {
    air: -1000,
    lung: -860,
    lungVessel: -250,
    fat: -102,
    skin: 30,
    muscle: 56,
    ligament: 70,
    mediastinum: -75,
    blood,
    liver: parameters.contrast ? 108 : 60,
    spleen: parameters.contrast ? 118 : 50,
    kidney: parameters.contrast ? 170 : 34,
    bowel: 44,
    bowelContent: 18,
    gas: -930,
    csf: 12,
    cord: 40,
    annulus: 92,
    nucleus: 92,
    cortex: 720,
    spongy,
    archSpongy: spongy * 0.9 + 90,
    ribMarrow: spongy * 0.6 + 60,
    denseBand: spongy + 190,
    tumour: 58,
    calcium: 720,
    tableShell: -250,
    tableFoam: -940,
  };
}

/** Signals of a spin-echo T1 or T2 picture of an adult, marrow half fat. */
export function mrBrightness(weighting: 'T1' | 'T2'): Brightness {
  const dark = { air: 4, lung: 12, gas: 6, tableShell: 4, tableFoam: 4, cortex: 28, calcium: 14, lungVessel: 40 };
  if (weighting === 'T1') {
    const soft = { fat: 760, skin: 330, muscle: 250, ligament: 60, mediastinum: 640, blood: 50, liver: 330, spleen: 240, kidney: 240, bowel: 230 };
    const spine = { bowelContent: 160, csf: 110, cord: 290, annulus: 150, nucleus: 225, spongy: 430, archSpongy: 440, ribMarrow: 430 };
    return { ...dark, ...soft, ...spine, denseBand: 190, tumour: 180 };
  }
  const soft = { fat: 620, skin: 210, muscle: 130, ligament: 40, mediastinum: 520, blood: 45, liver: 170, spleen: 290, kidney: 350, bowel: 220 };
  const spine = { bowelContent: 480, csf: 900, cord: 330, annulus: 90, nucleus: 420, spongy: 330, archSpongy: 340, ribMarrow: 330 };
  return { ...dark, ...soft, ...spine, denseBand: 230, tumour: 420 };
}
