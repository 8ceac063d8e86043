// Backstop's own codes: only what no standard has (see docs/fhir.md for what was looked for).
CodeSystem: GenantGrade
Id: genant-grade
Title: "Genant grade of a vertebral fracture"
Description: "Semiquantitative grade after Genant 1993 (J Bone Miner Res 8:1137). No SNOMED CT, LOINC or RadLex code was found."
* ^caseSensitive = true
* ^content = #complete
* #grade-0 "Genant grade 0" "No fracture: less than 20 % height loss"
* #grade-1 "Genant grade 1" "Mild: 20 to 25 % height loss"
* #grade-2 "Genant grade 2" "Moderate: 25 to 40 % height loss"
* #grade-3 "Genant grade 3" "Severe: more than 40 % height loss"

CodeSystem: BackstopRule
Id: rule
Title: "Rules of the decision table"
Description: "Rule numbers as in docs/rules.md."
* ^caseSensitive = true
* ^content = #complete
* #R00 "Identity and scope"
* #R01 "Deceased"
* #R02 "End-of-life care"
* #R03 "Red flag"
* #R04 "High-energy trauma"
* #R05 "Model alone, grade 2 or more"
* #R06 "Model alone, grade 1"
* #R07 "Report uncertain"
* #R08 "Look-alike"
* #R09 "Young, or age not known"
* #R10 "Referral open"
* #R11 "On a bone drug"
* #R12 "Declined before"
* #R13 "Refer, very high risk"
* #R14 "Refer, routine"
* #R15 "Report lacks advice"
* #R16 "Model sees none"
* #R17 "Low attenuation"
* #R99 "Nothing to do, or cannot say"

CodeSystem: RunMode
Id: run-mode
Title: "Run mode"
Description: "Whether a resource was written for care or as a test."
* ^caseSensitive = true
* ^content = #complete
* #live "For care"
* #test "As a test"

CodeSystem: BackstopCodes
Id: backstop
Title: "Backstop's own codes"
Description: "Observations, components, tasks and inputs for which no standard code was found."
* ^caseSensitive = true
* ^content = #complete
* #genant-grade "Genant grade of a vertebral body"
* #vertebral-fracture-assessment "Vertebral fracture assessment of an examination"
* #morphometry-six-point "Six-point morphometry by software, graded after Genant 1993"
* #anterior-height "Anterior height"
* #middle-height "Middle height"
* #posterior-height "Posterior height"
* #height-loss "Largest height loss"
* #deformity "Kind of deformity"
* #wedge "wedge"
* #biconcave "biconcave"
* #crush "crush"
* #trabecular-attenuation "Mean trabecular attenuation"
* #first-level-assessed "Most cranial level assessed"
* #last-level-assessed "Most caudal level assessed"
* #fls-referral "Referral to the fracture liaison service"
* #care-gap-no-advice "Vertebral fracture reported without advice to refer"
* #task-refer "Referral to the fracture liaison service"
* #task-radiologist-review "Review: report and images disagree about a vertebral fracture"
* #task-clarification "Clarify: is it a vertebral fracture?"
* #task-human-check "Check before a referral is made"
* #task-specialist-advice "Seek specialist advice"
* #task-fracture-on-treatment "Vertebral fracture on treatment: review the treatment"
* #task-link-to-referral "New evidence for an open referral"
* #task-notify "For information: vertebral fracture"
* #task-urgent-to-referrer "Urgent: vertebral fracture with a red flag"
* #task-report-corrected "The report was corrected after the referral was accepted: check the referral"
* #rule "Rule that decided"
* #policy-version "Version of the policy"
* #evidence "Evidence"
* #addendum-words "Words for an addendum"
* #decision "Decision by rule"
* #withdrawn "Withdrawn by Backstop"

CodeSystem: DeclineReason
Id: decline-reason
Title: "Why a fracture liaison service does not take a patient"
Description: "Reasons that services give (Ong et al. 2020, Nottingham). HL7 has no set of reasons for a Task's status."
* ^caseSensitive = true
* ^content = #complete
* #cancer-assessment "Cancer assessment"
* #mild-fractures "At most two mild fractures"
* #known-to-bone-service "Known to the bone service"
* #terminal-illness "Terminal illness"
* #dependency "Significant dependency"
* #life-expectancy "Life expectancy under 12 months"
* #other "Another reason"

ValueSet: TaskStatusReasonVS
Id: task-status-reason
Title: "Why a Task is where it is"
Description: "Declined by the service for a reason, or withdrawn by Backstop. A health record's own reasons stay as they are."
* include codes from system DeclineReason
* BackstopCodes#withdrawn

ValueSet: GenantGradeVS
Id: genant-grade
Title: "Genant grades"
Description: "Grades 0 to 3."
* include codes from system GenantGrade

ValueSet: RuleVS
Id: rule
Title: "Rules"
Description: "Every rule of the decision table."
* include codes from system BackstopRule

ValueSet: DeformityVS
Id: deformity
Title: "Kinds of vertebral deformity"
Description: "Wedge, biconcave, crush."
* BackstopCodes#wedge
* BackstopCodes#biconcave
* BackstopCodes#crush

ValueSet: TaskCodeVS
Id: task-code
Title: "Work that a decision makes"
Description: "One code for each outcome that somebody has to act on."
* BackstopCodes#task-refer
* BackstopCodes#task-radiologist-review
* BackstopCodes#task-clarification
* BackstopCodes#task-human-check
* BackstopCodes#task-specialist-advice
* BackstopCodes#task-fracture-on-treatment
* BackstopCodes#task-link-to-referral
* BackstopCodes#task-notify
* BackstopCodes#task-urgent-to-referrer
* BackstopCodes#task-report-corrected

ValueSet: VertebralBodyVS
Id: vertebral-body
Title: "Vertebral bodies T1 to L5"
Description: "SNOMED CT body structures that Backstop grades."
* $SCT#56094003
* $SCT#50060007
* $SCT#73138009
* $SCT#86197001
* $SCT#6105006
* $SCT#32430008
* $SCT#71737002
* $SCT#77435000
* $SCT#33766003
* $SCT#48405002
* $SCT#52120002
* $SCT#280849005
* $SCT#61032001
* $SCT#53983007
* $SCT#55492004
* $SCT#71996003
* $SCT#21799000

ValueSet: FindingStatusVS
Id: finding-status
Title: "Status of what the model found"
Description: "Preliminary until a person has looked; in error when a person says so or the report was corrected."
* $OBSSTATUS#preliminary
* $OBSSTATUS#final
* $OBSSTATUS#entered-in-error

ValueSet: ReportStatusVS
Id: report-status
Title: "Status of the report on what the model found"
Description: "As for the finding itself."
* $REPSTATUS#preliminary
* $REPSTATUS#final
* $REPSTATUS#entered-in-error

ValueSet: ProposalStatusVS
Id: proposal-status
Title: "Status of a proposal"
Description: "Never active: only an order is."
* $REQSTATUS#draft
* $REQSTATUS#completed
* $REQSTATUS#revoked
* $REQSTATUS#entered-in-error

ValueSet: OrderStatusVS
Id: order-status
Title: "Status of an order"
Description: "Never a draft."
* $REQSTATUS#active
* $REQSTATUS#on-hold
* $REQSTATUS#completed
* $REQSTATUS#revoked
* $REQSTATUS#entered-in-error

ValueSet: LetterStatusVS
Id: letter-status
Title: "Status of a letter"
Description: "It stands, or it was withdrawn."
* $DOCSTATUS#current
* $DOCSTATUS#entered-in-error

ValueSet: LetterDocStatusVS
Id: letter-doc-status
Title: "Status of what a letter says"
Description: "Final when the report or a radiologist confirmed it."
* $COMPSTATUS#preliminary
* $COMPSTATUS#final
