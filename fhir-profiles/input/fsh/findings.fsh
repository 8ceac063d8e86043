// What was seen: one Observation for each fractured vertebra, one for the whole examination, one report, and the gap in care.
Profile: VertebraObservation
Parent: Observation
Id: vertebra-observation
Title: "Vertebra, graded"
Description: "One vertebral body with its Genant grade, heights, loss and attenuation, as software measured them."
* insert OwnKey
* insert MadeByModel
* status from FindingStatusVS (required)
* category 1..*
* category ^slicing.discriminator.type = #pattern
* category ^slicing.discriminator.path = "$this"
* category ^slicing.rules = #open
* category contains imaging 1..1
* category[imaging] = $OBSCAT#imaging
* code = BackstopCodes#genant-grade
* subject 1..1
* subject only Reference(Patient)
* focus 0..0
* effective[x] only dateTime
* value[x] 1..1
* value[x] only CodeableConcept
* valueCodeableConcept from GenantGradeVS (required)
* dataAbsentReason 0..0
* bodySite 1..1
* bodySite from VertebralBodyVS (required)
* method 1..1
* device 1..1
* device only Reference(Device)
* derivedFrom only Reference(ImagingStudy)
* component ^slicing.discriminator.type = #pattern
* component ^slicing.discriminator.path = "code"
* component ^slicing.rules = #closed
* component contains anteriorHeight 0..1 and middleHeight 0..1 and posteriorHeight 0..1 and heightLoss 0..1 and deformity 0..1 and attenuation 0..1
* component[anteriorHeight].code = BackstopCodes#anterior-height
* component[anteriorHeight].value[x] 1..1
* component[anteriorHeight].value[x] only Quantity
* component[anteriorHeight].valueQuantity = $UCUM#mm
* component[middleHeight].code = BackstopCodes#middle-height
* component[middleHeight].value[x] 1..1
* component[middleHeight].value[x] only Quantity
* component[middleHeight].valueQuantity = $UCUM#mm
* component[posteriorHeight].code = BackstopCodes#posterior-height
* component[posteriorHeight].value[x] 1..1
* component[posteriorHeight].value[x] only Quantity
* component[posteriorHeight].valueQuantity = $UCUM#mm
* component[heightLoss].code = BackstopCodes#height-loss
* component[heightLoss].value[x] 1..1
* component[heightLoss].value[x] only Quantity
* component[heightLoss].valueQuantity = $UCUM#%
* component[deformity].code = BackstopCodes#deformity
* component[deformity].value[x] 1..1
* component[deformity].value[x] only CodeableConcept
* component[deformity].valueCodeableConcept from DeformityVS (required)
* component[attenuation].code = BackstopCodes#trabecular-attenuation
* component[attenuation].value[x] 1..1
* component[attenuation].value[x] only Quantity
* component[attenuation].valueQuantity = $UCUM#[hnsf'U]

Profile: VertebralFractureSummary
Parent: Observation
Id: vertebral-fracture-summary
Title: "Vertebral fracture assessment of an examination"
Description: "The worst grade with the range of levels assessed, or why the images cannot say. \"None\" and \"not seen\" are never the same."
* insert OwnKey
* insert MadeByModel
* status from FindingStatusVS (required)
* code = BackstopCodes#vertebral-fracture-assessment
* subject 1..1
* subject only Reference(Patient)
* focus 0..0
* effective[x] only dateTime
* value[x] only CodeableConcept
* valueCodeableConcept from GenantGradeVS (required)
* device 1..1
* device only Reference(Device)
* derivedFrom only Reference(ImagingStudy)
* hasMember only Reference(Observation)
* component ^slicing.discriminator.type = #pattern
* component ^slicing.discriminator.path = "code"
* component ^slicing.rules = #closed
* component contains firstLevel 0..1 and lastLevel 0..1 and attenuation 0..1
* component[firstLevel].code = BackstopCodes#first-level-assessed
* component[firstLevel].value[x] 1..1
* component[firstLevel].value[x] only CodeableConcept
* component[firstLevel].valueCodeableConcept from VertebralBodyVS (required)
* component[lastLevel].code = BackstopCodes#last-level-assessed
* component[lastLevel].value[x] 1..1
* component[lastLevel].value[x] only CodeableConcept
* component[lastLevel].valueCodeableConcept from VertebralBodyVS (required)
* component[attenuation].code = BackstopCodes#trabecular-attenuation
* component[attenuation].value[x] 1..1
* component[attenuation].value[x] only Quantity
* component[attenuation].valueQuantity = $UCUM#[hnsf'U]
* obeys backstop-says-or-says-why
* obeys backstop-range
* obeys backstop-none-has-no-member

Invariant: backstop-says-or-says-why
Description: "Either a grade, or the reason why there is none: never both, never neither."
Severity: #error
Expression: "value.exists() xor dataAbsentReason.exists()"

Invariant: backstop-range
Description: "A grade is told together with the first and the last level that were assessed."
Severity: #error
Expression: "value.exists() implies (component.where(code.coding.code = 'first-level-assessed').exists() and component.where(code.coding.code = 'last-level-assessed').exists())"

Invariant: backstop-none-has-no-member
Description: "Grade 0 has no fractured vertebra as a member."
Severity: #error
Expression: "value.coding.where(code = 'grade-0').exists() implies hasMember.empty()"

Profile: OpportunisticReport
Parent: DiagnosticReport
Id: opportunistic-report
Title: "Report on an opportunistic vertebral fracture assessment"
Description: "Our own report. The radiologist's is never changed."
* insert OwnKey
* insert MadeByModel
* status from ReportStatusVS (required)
* code = $LOINC#18748-4
* subject 1..1
* subject only Reference(Patient)
* result only Reference(Observation)
* conclusion 1..1

Profile: CareGap
Parent: DetectedIssue
Id: care-gap
Title: "Gap in care"
Description: "A vertebral fracture was reported without advice to refer (rule R15)."
* insert OwnKey
* insert MadeByModel
* code 1..1
* code = BackstopCodes#care-gap-no-advice
* patient 1..1
* patient only Reference(Patient)
* author 1..1
* author only Reference(Device)
* detail 1..1

Profile: AiDevice
Parent: Device
Id: ai-device
Title: "Model or software"
Description: "Which software in which version said it."
* insert OwnKey
* status 1..1
* status = #active
* manufacturer 1..1
* deviceName 1..*
* type 1..1
* type = $AITYPE#Artificial-Intelligence
* version 1..*
