/** A made year: many cases in which what is true of each is known beforehand, so that the audit's figures can be counted by hand. */
import type { Decision, HumanAnswer } from '#src/case/referral.ts';
import type { Grade } from '#src/case/vertebra.ts';
import { makeFinding } from '#test/fakes/make-case.ts';
import { type InventedCase, inventCase } from './invented-cases.ts';

/** A number from 0 to 99 that looks random and is always the same. */
function percentOf(n: number, salt: number): number {
  const mixed = Math.imul(n + 1, 2_654_435_761) ^ Math.imul(salt, 1_405_032_211);
  return (Math.imul(mixed ^ (mixed >>> 15), 2_246_822_519) >>> 9) % 100;
}

/** Spread over the 365 days before `until`; report and images follow fixed patterns of `n`, and improve half way through the year. */
export function inventedYear(count: number, until: string): readonly InventedCase[] {
  const end = Date.parse(`${until}T09:00:00Z`);
  const texts = new Map<string, InventedCase>();
  return Array.from({ length: count }, (_, n) => {
    const day = Math.floor((n * 365) / count);
    const late = day >= 182;
    const grade = ([0, 0, 2, 0, 3, 0, 1, 0, 0, 2] as const)[n % 10] ?? 0;
    const stated = grade >= 2 && percentOf(n, 1) < (late ? 92 : 77);
    const advice = stated && percentOf(n, 2) < (late ? 85 : 43);
    const female = percentOf(n, 3) < 66;
    const key = `${grade}|${stated}|${advice}|${female}`;
    // Reading a text takes time: cases of a kind share what was read and decided.
    const made = texts.get(key) ?? template(grade, stated, advice, female);
    texts.set(key, made);
    const at = new Date(end - (364 - day) * 86_400_000).toISOString();
    return placed(made, n, at);
  });
}

function template(grade: Grade, stated: boolean, advice: boolean, female: boolean): InventedCase {
  return inventCase({
    person: { id: 'Y0', family: 'Yarrow', given: 'Una', birthDate: '1950-04-04', sex: female ? 'female' : 'male' },
    accession: 'YEAR0',
    text: `FINDINGS: Clear lungs.${stated ? ` Vertebral fracture of T12, grade ${grade}.` : ''}${advice ? ' Recommend referral to the fracture liaison service.' : ''}`,
    finding: makeFinding(grade === 0 ? {} : { T12: grade }),
    reportedAt: '2026-01-01T09:00:00Z',
  });
}

function placed(made: InventedCase, n: number, at: string): InventedCase {
  const reference = `Patient/y${n}`;
  const refers = (made.facts.decision as Decision).outcome === 'refer';
  const later = (days: number): string => new Date(Date.parse(at) + days * 86_400_000).toISOString();
  const answer = (kind: HumanAnswer['kind'], days: number, reasonCode: string | null = null): HumanAnswer => ({
    kind,
    at: later(days),
    by: 'nora-nurse',
    reasonCode,
    reasonText: null,
    key: `y${n}-${kind}`,
  });
  const reviewed = (made.facts.decision as Decision).outcome === 'radiologist-review';
  const answers = reviewed
    ? [n % 8 === 1 ? answer('finding-refuted', 1, 'normal-variant') : answer('finding-confirmed', 1)]
    : !refers
      ? []
      : n % 6 === 4
        ? [answer('referral-declined', 3, 'cancer-assessment')]
        : n % 7 === 0
          ? []
          : [answer('referral-accepted', 3), ...(n % 2 === 0 ? [answer('referral-done', 40)] : [])];
  return {
    ...made,
    id: crypto.randomUUID(),
    at,
    facts: {
      ...made.facts,
      report: {
        ...made.facts.report,
        patient: { ...made.facts.report.patient, id: { value: `Y${n}`, authority: 'ASHMORE', type: 'MR' }, birthDate: `${1930 + (n % 45)}-04-04` },
        reportedAt: at,
        examinedAt: new Date(Date.parse(at) - (2 + (n % 5)) * 3_600_000).toISOString(),
      },
      history: made.facts.history && { ...made.facts.history, patientReference: reference },
      answers,
    },
  };
}
