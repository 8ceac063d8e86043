// What Backstop needs of a health record.
Instance: needs-of-a-health-record
InstanceOf: CapabilityStatement
Usage: #definition
* name = "NeedsOfAHealthRecord"
* title = "What Backstop needs of a health record"
* status = #draft
* date = "2026-11-23"
* kind = #requirements
* fhirVersion = #4.0.1
* format[+] = #json
* description = "Reads the patient's history and writes the result. A type that may not be written is told and carried by another channel."
* rest.mode = #client
* rest.documentation = "Conditional create by identifier (Provenance and AuditEvent: by _tag) and update with If-Match. No transactions."
* rest.security.service = http://terminology.hl7.org/CodeSystem/restful-security-service#SMART-on-FHIR
* rest.resource[+].type = #Patient
* rest.resource[=].interaction[+].code = #read
* rest.resource[=].interaction[+].code = #search-type
* rest.resource[=].searchParam[+].name = "identifier"
* rest.resource[=].searchParam[=].type = #token
* rest.resource[+].type = #Condition
* rest.resource[=].interaction[+].code = #search-type
* rest.resource[=].searchParam[+].name = "patient"
* rest.resource[=].searchParam[=].type = #reference
* rest.resource[+].type = #MedicationRequest
* rest.resource[=].interaction[+].code = #search-type
* rest.resource[=].searchParam[+].name = "patient"
* rest.resource[=].searchParam[=].type = #reference
* rest.resource[+].type = #MedicationStatement
* rest.resource[=].interaction[+].code = #search-type
* rest.resource[=].searchParam[+].name = "patient"
* rest.resource[=].searchParam[=].type = #reference
* insert Writes(Device, ai-device)
* insert Writes(Observation, vertebral-fracture-summary)
* insert Writes(DiagnosticReport, opportunistic-report)
* insert Writes(DetectedIssue, care-gap)
* insert Writes(ServiceRequest, referral-proposal)
* insert Writes(Task, backstop-task)
* insert Writes(DocumentReference, referral-letter)
* insert Writes(Provenance, provenance)
* insert Writes(AuditEvent, audit)

// Only where it is asked to call (FHIR_SUBSCRIBE): otherwise Backstop polls.
* rest.resource[+].type = #Subscription
* rest.resource[=].interaction[+].code = #create
* rest.resource[=].interaction[+].code = #search-type
* rest.resource[=].interaction[+].code = #update
* rest.resource[=].searchParam[+].name = "url"
* rest.resource[=].searchParam[=].type = #uri

RuleSet: Writes(type, profile)
* rest.resource[+].type = #{type}
* rest.resource[=].supportedProfile = "https://backstop.example/fhir/StructureDefinition/{profile}"
* rest.resource[=].conditionalCreate = true
* rest.resource[=].interaction[+].code = #create
* rest.resource[=].interaction[+].code = #read
* rest.resource[=].interaction[+].code = #update
* rest.resource[=].interaction[+].code = #search-type
