// The channel `document`: a letter for people who read documents and not resources.
Profile: ReferralLetter
Parent: DocumentReference
Id: referral-letter
Title: "Letter on a vertebral fracture"
Description: "A one-page PDF, one for each case. A corrected report changes it; when nothing is asked of anybody any more it is in error."
* insert OwnKey
* insert MadeByModel
* status from LetterStatusVS (required)
* docStatus 1..1
* docStatus from LetterDocStatusVS (required)
* type 1..1
* type = $LOINC#57133-1
* subject 1..1
* subject only Reference(Patient)
* author 1..*
* author only Reference(Device)
* description 1..1
* content 1..1
* content.attachment.contentType 1..1
* content.attachment.contentType = #application/pdf
* content.attachment.language 1..1
* content.attachment.title 1..1
* content.attachment.hash 1..1
* obeys backstop-letter-is-there

Invariant: backstop-letter-is-there
Description: "The PDF is inside, or the record keeps it at an address."
Severity: #error
Expression: "content.attachment.all(data.exists() or url.exists())"
