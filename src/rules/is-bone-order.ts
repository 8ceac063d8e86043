/** Is this order or appointment already what the card would ask for: a fracture liaison service, a bone density scan, or a bone drug? */
import type { PlannedItem } from '../case/card.ts';

const FLS = /fracture liaison|\bFLS\b|osteoporosis (clinic|service|referral|assessment)|bone health (clinic|service)|metabolic bone/i;
const DXA = /\bDE?XA\b|densitometry|bone (mineral )?density/i;
/** WHO INN stems: -dronate / -dronic acid (bisphosphonates) and the other drugs of rule R11. */
const DRUG = /\w+dron(ate|ic acid)\b|denosumab|romosozumab|teriparatide|abaloparatide|raloxifene|bazedoxifene|strontium ranelate/i;
/** ATC: M05B (drugs affecting bone structure), H05AA (parathyroid hormones and analogues), G03XC01-02 (raloxifene, bazedoxifene). */
const ATC = /^(M05B|H05AA|G03XC0[12])/;

/** True when the item is an FLS referral, a DXA scan or a bone drug, by its text, by ATC, or by a code that the site has listed. */
export function isBoneOrder(item: PlannedItem, siteCodes: readonly string[]): boolean {
  const byCode = item.codes.some((c) => siteCodes.includes(c.code) || (c.system.includes('whocc.no/atc') && ATC.test(c.code)));
  return byCode || item.words.some((words) => FLS.test(words) || DXA.test(words) || DRUG.test(words));
}
