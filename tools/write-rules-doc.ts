/** Writes docs/rules.md from the decision table, the default policy and the thresholds of measurement; `--check` compares instead. */
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { loadPolicy } from '#src/load-policy.ts';
import { DECISION_TABLE } from '#src/rules/decision-table.ts';
import { THRESHOLD_NAMES } from '#src/rules/policy.ts';
import { MEASUREMENT } from '#src/rules/thresholds.ts';

const FILE = new URL('../docs/rules.md', import.meta.url);
const cell = (text: string) => text.replaceAll('|', '\\|');

/** The page as the code says it. */
export function rulesPage(): string {
  const policy = loadPolicy();
  const signed =
    policy.signedOff.by === null
      ? `**Not signed off.** ${policy.signedOff.note}`
      : `Signed off by ${policy.signedOff.by} (${policy.signedOff.role}) on ${policy.signedOff.on}. ${policy.signedOff.note}`;
  const rows = DECISION_TABLE.map((row) => `| ${row.id} | ${cell(row.when)} | ${cell(row.then)} |`);
  const thresholds = THRESHOLD_NAMES.map((name) => {
    const { value, unit, source } = policy.thresholds[name];
    return `| \`${name}\` | ${value} | ${cell(unit)} | ${cell(source)} |`;
  });
  const measured = Object.entries(MEASUREMENT).map(
    ([name, { value, unit, source }]) => `| \`${name}\` | ${cell(JSON.stringify(value))} | ${cell(unit)} | ${cell(source)} |`,
  );
  return `# The decision table

Written by \`node tools/write-rules-doc.ts\` from src/rules and policy/default-policy.json. Do not edit: this is the page that people sign.

Policy ${policy.version}. ${signed}

The rows are tried in this order and the first that applies decides; R15 and R16 add to it. "Confirmed" means: the report states a vertebral
fracture (affirmed, certain, this patient, T1 to L5, in more than ambiguous words), or a radiologist confirmed what the model found. The
model alone never refers anybody. "Not known" is never told as "no". It does not stop a referral either: it is told beside it, and the
person who accepts checks. The numbers in the table are those of the default policy.

| rule | if | then |
|---|---|---|
${rows.join('\n')}
| R15+ | R13 or R14, and the report gives no advice to refer or to assess | adds a care gap and words for an addendum |
| R16+ | the report states a fracture and the model, which judged that level, sees none | the report is followed; counted in the model's audit |

## How the words are meant
- **Age**: from the health record, else from the message. A date of birth that is only a year or a month is read as the oldest age that it allows.
- **Number of fractures and grade**: the levels that the report names, with its own grade, else with the model's grade at that level; where a
  radiologist confirmed, the levels of the model or of the radiologist's correction. What only the model sees elsewhere raises no priority and is told.
- **New**: the report says new, acute or progressed. An old fracture counts for a referral like any other.
- **Look-alikes** (Scheuermann, Schmorl, limbus, developmental wedging) end a case only where they explain every level in question.
- **Answers**: the newest of a radiologist's confirm, change, refute counts. A person who accepts overrides R04 and the check for a history of cancer.
- **Accepted, declined, done** do not weigh the patient anew; a corrected report does. A referral that a person has accepted is never taken away by
  software: the fracture liaison service is asked to check it.
- **Due**: a referral's clock starts with the report, a task's with the decision.

## Thresholds of the decision
| name | value | unit | source |
|---|---|---|---|
${thresholds.join('\n')}

| switch | default | meaning |
|---|---|---|
| \`alertsFromModelAlone\` | ${policy.alertsFromModelAlone} | the referring clinician may see a card before a radiologist has confirmed the model's finding |
| \`reviewIndeterminate\` | ${policy.reviewIndeterminate} | a vertebra that may be at the review grade but could not be graded surely makes a low priority review (R06) |
| \`suggestLowDensity\` | ${policy.suggestLowDensity} | suggest a risk assessment at low attenuation without a fracture (R17) |

## Thresholds of the measurement
| name | value | unit | source |
|---|---|---|---|
${measured.join('\n')}

## Trying another policy
Copy policy/default-policy.json, change it, give it a new \`version\`, and run \`backstop what-if --policy FILE\`: it decides past cases again, each
on its own day, and lists those that would come out differently. \`POLICY_FILE\` puts it to use; a file with a fault stops the start.
\`backstop explain CASE\` says which rule decided a case, from which inputs, and where each came from.
`;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  if (!process.argv.includes('--check')) writeFileSync(FILE, rulesPage());
  else if (readFileSync(FILE, 'utf8') !== rulesPage()) {
    console.error('docs/rules.md is not what the code says: run "node tools/write-rules-doc.ts"');
    process.exitCode = 1;
  }
}
