// What is to be done: software proposes, a person orders, the Task is the work.
Profile: ReferralProposal
Parent: ServiceRequest
Id: referral-proposal
Title: "Referral, proposed by software"
Description: "A suggestion without an authorisation to act (R4 request-intent proposal). It becomes an order only by a person."
* insert OwnKey
* insert MadeByModel
* status from ProposalStatusVS (required)
* intent = #proposal
* code 1..1
* code ^patternCodeableConcept.coding.system = "https://backstop.example/fhir/CodeSystem/backstop"
* code ^patternCodeableConcept.coding.code = #fls-referral
* subject only Reference(Patient)
* authoredOn 1..1
* requester 1..1
* requester only Reference(Device)
* reasonCode 1..*
* priority 1..1

Profile: ReferralOrder
Parent: ServiceRequest
Id: referral-order
Title: "Referral, ordered by a person"
Description: "Made when a clinician or the fracture liaison service accepts the proposal."
* insert OwnKey
* status from OrderStatusVS (required)
* intent = #order
* code 1..1
* code ^patternCodeableConcept.coding.system = "https://backstop.example/fhir/CodeSystem/backstop"
* code ^patternCodeableConcept.coding.code = #fls-referral
* subject only Reference(Patient)
* authoredOn 1..1
* requester 1..1
* requester only Reference(Practitioner or PractitionerRole)
* basedOn 1..*
* basedOn only Reference(ServiceRequest)
* reasonCode 1..*

Profile: BackstopTask
Parent: Task
Id: backstop-task
Title: "Work that a decision makes"
Description: "Written last: where it stands, everything that it points at stands too."
* insert OwnKey
* insert MadeByModel
* code 1..1
* code.coding 1..*
* obeys backstop-task-code
* obeys backstop-referral-status
* obeys backstop-decline-reason
* statusReason from TaskStatusReasonVS (extensible)
* for 1..1
* for only Reference(Patient)
* authoredOn 1..1
* requester 1..1
* requester only Reference(Device)
* description 1..1
* input 2..*

Invariant: backstop-task-code
Description: "One coding is a task code of Backstop."
Severity: #error
Expression: "code.coding.where(system = 'https://backstop.example/fhir/CodeSystem/backstop' and code.startsWith('task-')).count() = 1"

Invariant: backstop-referral-status
Description: "A referral's Task has a BSeR business status."
Severity: #error
Expression: "code.coding.where(code = 'task-refer').exists() implies businessStatus.coding.where(system = 'http://hl7.org/fhir/us/bser/CodeSystem/TaskBusinessStatusCS').exists()"

Invariant: backstop-decline-reason
Description: "A reason of Backstop's own is one that it knows."
Severity: #error
Expression: "statusReason.coding.where(system = 'https://backstop.example/fhir/CodeSystem/decline-reason').all(code.matches('^(cancer-assessment|mild-fractures|known-to-bone-service|terminal-illness|dependency|life-expectancy|other)$'))"

Profile: BackstopProvenance
Parent: Provenance
Id: provenance
Title: "Who made what"
Description: "Over everything that one stage of a case wrote; people who confirmed or refuted are verifiers."
* insert MadeByModel
* obeys backstop-key-tag
* activity 1..1
* activity from RuleVS (required)
* reason 1..*
* agent.who only Reference(Device or Practitioner or PractitionerRole)

Profile: BackstopAudit
Parent: AuditEvent
Id: audit
Title: "Decision, audited"
Description: "One for each decision, with the rule and the policy."
* obeys backstop-key-tag
* subtype 1..1
* obeys backstop-decision
* outcome 1..1
* entity 1..*

Invariant: backstop-decision
Description: "The subtype says that a decision by rule is audited."
Severity: #error
Expression: "subtype.where(system = 'https://backstop.example/fhir/CodeSystem/backstop' and code = 'decision').exists()"
