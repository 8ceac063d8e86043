/** What is known of a report whose words cannot be read (a PDF, a scan, "see attached"): nothing, which is neither silence nor a denial. Pure. */
import type { Reading } from '#src/case/reading.ts';
import { GRAMMAR } from './read-report.ts';

/** Every check is "cannot say". The plain no of the other members means "not known to say so": who asks them looks at `fracture` first. */
export function notRead(): Reading {
  const cannotSay = 'cannot-say' as const;
  return {
    statements: [],
    fracture: 'not-read',
    ambiguousOnly: false,
    levels: [],
    advice: false,
    redFlag: false,
    cancerHistory: false,
    trauma: false,
    mimic: false,
    treated: false,
    newOrProgressed: false,
    checks: { C1: cannotSay, C2: cannotSay, C3: cannotSay, C4: cannotSay, C5: cannotSay, C6: cannotSay, C7: cannotSay, C8: cannotSay },
    grammar: GRAMMAR,
  };
}
