/** What is shown in each picture of the user guide, and on which invented day. */
import type { Page } from 'playwright-core';
import { referralStatus } from '#src/case/referral-status.ts';
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

/** The year's referrals are all answered, so that the worklist shows the present ones. */
function ended(one: InventedCase): InventedCase {
  const { decision, answers } = one.facts;
  const status = referralStatus(answers);
  if (decision?.outcome !== 'refer' || status === 'declined' || status === 'done') return one;
  const kind = status === 'accepted' ? 'referral-done' : 'referral-declined';
  const at = new Date(Date.parse(one.at) + 60 * 86_400_000).toISOString();
  const last = {
    kind,
    at,
    by: 'nora-nurse',
    reasonCode: kind === 'referral-declined' ? 'dependency' : null,
    reasonText: null,
    key: `end-${one.id}`,
  } as const;
  return { ...one, facts: { ...one.facts, answers: [...answers, last] } };
}

export async function inventGuide(today: string): Promise<Invented> {
  const samples = await sampleCases();
  const year = inventedYear(1500, new Date(Date.parse(today) - 40 * 86_400_000).toISOString().slice(0, 10));
  return { samples, all: [...samples, ...moreCases(24, today), ...troubledCases(today), ...year.map(ended)] };
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

const openDecline = async (page: Page): Promise<void> => {
  await page.locator('li.row summary').first().click();
};

export const GUIDE_PAGES: readonly GuidePage[] = [
  { name: 'worklist', ...NURSE, path: () => '/worklist', before: openDecline, height: 900 },
  { name: 'worklist-narrow', ...NURSE, scheme: 'dark', width: 360, height: 1150, path: () => '/worklist?show=new' },
  { name: 'case', ...NURSE, height: 1250, path: (seeded) => `/cases/${id(seeded, 2)}` },
  { name: 'case-print', ...NURSE, print: true, width: 760, height: 1050, path: (seeded) => `/cases/${id(seeded, 2)}` },
  { name: 'review-list', ...RADIOLOGIST, height: 620, path: () => '/review' },
  { name: 'review', ...RADIOLOGIST, scheme: 'dark', height: 1040, path: (seeded) => `/review/${id(seeded, 0)}` },
  {
    name: 'review-points',
    ...RADIOLOGIST,
    height: 620,
    path: (seeded) => `/review/${id(seeded, 0)}?level=T12`,
    before: (page) => page.evaluate(`document.getElementById('points').scrollIntoView()`),
  },
  { name: 'audit', ...LEAD, height: 1300, path: () => '/audit' },
  { name: 'operations', ...INTEGRATOR, height: 800, path: () => '/operations' },
];
