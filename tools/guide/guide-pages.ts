/** What is shown in each picture of the user guide, and on which invented day. */
import type { Page } from 'playwright-core';
import type { Pool } from '#src/systems/postgres/pool.ts';
import { type InventedCase, storeCases, storeEvents } from '#test/web/invented-cases.ts';
import { moreCases, sampleCases, troubledCases } from '#test/web/invented-day.ts';
import { inventedYear } from '#test/web/invented-year.ts';

export interface Seeded {
  readonly samples: readonly InventedCase[];
}

export interface GuidePage {
  readonly name: string;
  readonly person: string;
  readonly roles: readonly string[];
  readonly path: (seeded: Seeded) => string;
  readonly before?: (page: Page) => Promise<void>;
  readonly scheme?: 'light' | 'dark';
  readonly width?: number;
  readonly height?: number;
  readonly full?: boolean;
  readonly print?: boolean;
}

const id = (seeded: Seeded, n: number): string => seeded.samples[n]?.id ?? '';

export interface Invented extends Seeded {
  readonly all: readonly InventedCase[];
}

export async function inventGuide(today: string): Promise<Invented> {
  const samples = await sampleCases();
  const year = inventedYear(1500, new Date(Date.parse(today) - 40 * 86_400_000).toISOString().slice(0, 10));
  return { samples, all: [...samples, ...moreCases(24, today), ...troubledCases(today), ...year] };
}

export async function seedGuide(pool: Pool, { samples, all }: Invented): Promise<Seeded> {
  await storeCases(pool, all);
  await storeEvents(pool, all);
  return { samples };
}

const NURSE = { person: 'Nora Nurse', roles: ['fls'] } as const;
const RADIOLOGIST = { person: 'Rafael Reader', roles: ['radiologist'] } as const;

const INTEGRATOR = { person: 'Ines Integrator', roles: ['ops'] } as const;
const LEAD = { person: 'Lena Lead', roles: ['auditor'] } as const;

export const GUIDE_PAGES: readonly GuidePage[] = [
  { name: 'case', ...RADIOLOGIST, path: (seeded) => `/cases/${id(seeded, 2)}` },
  { name: 'worklist', ...NURSE, path: () => '/worklist', full: false, height: 1100 },
  { name: 'worklist-dark-narrow', ...NURSE, scheme: 'dark', width: 360, height: 1500, full: false, path: () => '/worklist?show=new' },
  { name: 'review-list', ...RADIOLOGIST, path: () => '/review' },
  { name: 'review', ...RADIOLOGIST, path: (seeded) => `/review/${id(seeded, 0)}` },
  { name: 'review-points', ...RADIOLOGIST, path: (seeded) => `/review/${id(seeded, 0)}?level=T12&AS-x=60&AS-y=160&AI-x=60&AI-y=178` },
  { name: 'audit', ...LEAD, path: () => '/audit', full: false, height: 1250 },
  { name: 'audit-narrow-dark', ...LEAD, scheme: 'dark', width: 360, height: 1400, path: () => '/audit', full: false },
  { name: 'operations', ...INTEGRATOR, path: () => '/operations' },
  { name: 'case-dark', ...RADIOLOGIST, scheme: 'dark', path: (seeded) => `/cases/${id(seeded, 0)}` },
  { name: 'case-narrow', ...NURSE, width: 360, path: (seeded) => `/cases/${id(seeded, 2)}` },
  { name: 'case-print', ...NURSE, print: true, width: 760, path: (seeded) => `/cases/${id(seeded, 2)}` },
];
