// What every resource of Backstop has in common.
RuleSet: OwnKey
* identifier 1..1
* identifier.system 1..1
* identifier.system = "https://backstop.example/fhir/sid/key" (exactly)
* identifier.value 1..1
* obeys backstop-key

RuleSet: MadeByModel
* meta 1..1
* meta.security ^slicing.discriminator.type = #pattern
* meta.security ^slicing.discriminator.path = "$this"
* meta.security ^slicing.rules = #open
* meta.security contains madeByModel 1..1
* meta.security[madeByModel] = $OBSVALUE#AIAST

Invariant: backstop-key
Description: "The key is a hex SHA-256, without marks that mean something in a search."
Severity: #error
Expression: "identifier.value.all($this.matches('^[0-9a-f]{64}$'))"

Invariant: backstop-key-tag
Description: "Where there is no identifier, exactly one tag holds the key."
Severity: #error
Expression: "meta.tag.where(system = 'https://backstop.example/fhir/sid/key-tag' and code.matches('^[0-9a-f]{64}$')).count() = 1"
