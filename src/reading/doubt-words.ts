/** Words that doubt a thing, or make it a condition, a question or a risk. */
import { list } from './word-list.ts';

export const DOUBT_FORWARD = list(`
  (is |are |was |were |)(likely|most likely|probably|possibly|presumably) (to be |)(due|related|secondary) to;  r / o; rule out; to rule out; ruling out; rule - out; (look|looks|looked|sounds|sounded) like; (probably|likely|possibly|perhaps) (just|only|simply|merely); (working|provisional|presumptive|tentative) diagnosis (of|:|is|was|); not necessarily; not (entirely |completely |wholly |) (convinced|convincing|classic) (for|of|that|by); not inconsistent with;
  more (consistent with|compatible with|in keeping with|suggestive of|typical of|likely to be);
  (unclear|uncertain|unknown|unsure|undetermined|debatable|questionable) (if|whether|as to whether|about whether);
  (is|was|are|were|remains|remained|remain) (unclear|uncertain|unknown|unsure|undetermined|debatable|questionable|not clear|not certain|not known) (if|whether|as to whether);
  not (clear|certain|sure|known|convinced) (if|whether|that|for|about|as to whether); (high|moderate|intermediate|some|strong|clinical|indeterminate) (suspicion|probability|concern|likelihood) (of|for|that);
  (some |a |) (question|suggestion) (of|that); possible; (likely|possible|probable|suspected|conceivable) that; (cannot|unable to|could not|not possible to|difficult to) (adequately |reliably |) (assess|evaluate|comment on|determine) (for|); either; consider; (may|might|could|possibly|probably|likely|presumably) (be |)(due|related|secondary) to; (possibly|probably|presumably|likely|most likely) from; (may|might|could) be the result of; possibly; possibility of; possibilities include; probable; probably; likely; most likely; more likely; likely to
  (be|represent|reflect); likely (represents|represent|representing|reflects|reflecting|a|an); suspected; suspect; suspects; suspicious for;
  suspicious of; suspicion (of|for); questionable; question of; question; questioned; query; querying; ?; may; may be; may represent; may
  reflect; may have; might; could; could represent; could be; maybe; perhaps; presumed; presumably; presumptive; potential; potentially;
  suggest; suggests; suggested; suggesting; suggestive of; suggestion of; (is|are|was|were|remains|remain) (equivocal|suspicious|concerning|worrisome|questionable|indeterminate|suggestive) (for|of); (artifact|artefact|artifactual) (or|versus|vs); (difficult|hard|impossible|not possible|unable) to (say|tell|know|determine|be sure|be certain|judge|decide) (if|whether); (cannot|could not|can not) (say|tell|determine|know|decide) (if|whether); or (due|secondary|related) to; or (representing|reflecting|represents|represent|reflect); concerning for; concern for; (is|was|are|were|remains) (a |some |) (concern|concerns|possibility) (for|of|about|that|regarding); (concern|concerns|suspicion) (is|was|were|has been) (raised|expressed) (for|of|about|that|regarding); concern of; concerns for; concern
  about; concern regarding; worrisome for; worry about; worried about; equivocal; equivocal for; indeterminate for; uncertain;
  unclear (if|whether); not (clear|certain|sure) (if|whether|that|for); favor; favors; favored; favoring; favored to
  (be|represent|reflect); thought to (be|represent|reflect); (thought|felt|believed) to be (due|secondary|related) to; (is |are |was |were |)presumed to (be|represent|reflect|have); felt to (be|represent|reflect); believed to (be|represent); seems to
  (be|represent); impression of; differential (now|also|still) includes; differential (includes|diagnosis|considerations|diagnosis includes|diagnoses include|would
  include|considerations include); considerations include; borderline; (cannot|could not|can not|couldnt|unable to|difficult to|hard
  to|impossible to|not possible to) (entirely|completely|definitively|reliably|confidently|fully|absolutely|categorically|totally|)
  (exclude|rule out|be excluded|be ruled out|discount); not (exclude|rule out|excluded|ruled out); does not (exclude|rule out); doesnt
  (exclude|rule out); do not (exclude|rule out); not (entirely|completely|definitively|) (exclude|excluded|ruled out); less likely; (correlate|correlation) (clinically |)for; doubtful; but not (entirely |fully |) (diagnostic|specific|pathognomonic|conclusive|characteristic) (of|for); (is|was|are|were|seems) (doubtful|possible|likely|probable|unclear|uncertain|suspected|conceivable) (that|if|whether|to be|to have|to represent|to reflect); doubtful (that|if|whether);
  low grade suspicion; might represent; conceivably; working diagnosis of; subtle lucency which may; differential; or possibly; could reflect;
  could indicate; would be in keeping with possible; raises (the|) (possibility|question|concern|suspicion) (of|for); raising (the|)
  (possibility|question|concern|suspicion) (of|for); suspicion that; concern that; insufficient to exclude
`);

/** After a label's colon: "Fracture: possible." doubts the label, "Chest: possible fracture" what follows, "Fracture: possible T9 compression" both. */
export const DOUBT_LABELLED = list(`
  : (indeterminate|equivocal|uncertain|possible|cannot be assessed|cannot be determined|suspected|questionable|probable|likely)
`);

export const DOUBT_BACKWARD = list(`
  or (a |an |) (artifact|artefact|artifactual|nutrient vessel|nutrient canal|nutrient foramen|vascular channel|vascular groove|normal variant|projection|overlap|superimposition); rule out; to be confirmed; awaiting confirmation; (cannot|could not|can not|couldnt) be (confirmed|verified|substantiated|established|proven|proved);
  (is|are|was|were) being (considered|entertained|investigated|queried|worked up);
  (is|was|were|are|has been|have been) (entertained|contemplated|debated|hypothesized|questioned|queried); (remains|remain) (uncertain|unproven|unclear|a question|a worry|high on the differential);
  (cannot|could not|can not|couldnt) (be|) (entirely|completely|definitively|reliably|confidently|fully|absolutely|totally|) (be|)
  (excluded|ruled out|discounted); (cannot|could not|can not|couldnt) be
  (entirely|completely|definitively|reliably|confidently|fully|absolutely|totally) (excluded|ruled out); (is|are|was|were|has|have|) not
  (been|) (entirely|completely|definitively|reliably|) (excluded|ruled out); (is|are|was|were)
  (possible|probable|likely|suspected|questioned|considered|questionable|favored|equivocal|uncertain|raised|suggested|presumed|doubtful|less
  likely|in question); (is|are|was|were|remains|remain) (high |low |lower |higher |) (in|on) (the|my|our) (differential|differentials|list of differentials); (is|are|was|were|remains) (the |a |) (most likely|likely|more likely|probable|possible|presumed|leading) (cause|diagnosis|explanation|etiology|source|culprit); remains (a|) (possibility|possible|consideration|concern|differential); is (a|)
  (possibility|consideration); is a concern; (is|are) to be (considered|suspected|entertained); (must|has to|needs to|ought to) be (considered|suspected); less likely; possible; suspected; ? ?; not well (seen|visualized|demonstrated|assessed|evaluated);
  (cannot|could not|can not) be (assessed|evaluated|determined|confirmed|confidently identified|adequately assessed|commented on);
  (is|are|was|were) not (fully|adequately|completely|well|) (assessed|evaluated|imaged|visualized on this study|included); not
  (assessed|evaluated|imaged|assessable|evaluable); (difficult|hard|impossible) to (completely |entirely |fully |confidently |)(exclude|assess|rule out); should be (considered|suspected); (is|are|was|were|would be|could be|remains|may be) (also |still |)(a |the |another |)(diagnostic |)(consideration|possibility|possible diagnosis); may be
  present; might be present; could be present; is unclear; as a possibility; suspicion; equivocal; questionable; query
`);

export const CONDITION_FORWARD = list(`
  (requested|ordered|performed|obtained|referred|indicated) for (suspected|possible|suspicion of|query|queried|questionable);
  (requested|ordered|performed|obtained|done|sent|referred|indicated) (in order |)to (rule out|exclude|evaluate for|assess for|look for|check for); if; hold for; held for; in case of; in the event of; should (there|he|she|the|symptoms|any|a|this|patient|his|her|your|these|those|new|further|it|you|they|we|worsening|recurrent|such); prn; prn for; sos (for|if); (chance|chances) of (a |)(recurrent |); p . r . n . (for|); (vaccinated|vaccination|immunized|immunization|immunised|prophylactic|protected) (against|for); as needed for; as necessary for; as required for; when (required|needed|necessary) for;
  (seek|seeking) (medical |immediate |urgent |emergency |) (care|attention|help|advice) (for|if|with);
  (watch|watched|watching|monitor|monitored|monitoring|observe|observed|follow|followed|assess|vigilant|alert|look|looking|surveillance) (closely |carefully |clinically |) (for|for any|for evidence of|for signs of|for symptoms of|for signs and symptoms of|for development of);
  risks and benefits (of|including|, including); (risks|dangers|complications|side effects|consequences) (of|include|included|including|such as|, including|, such as|, which include|, namely|discussed include|discussed included|discussed including|were discussed including|were explained including); (potential|possible) (complications|side effects|risks|sequelae) (of|include|included|including|such as|are);
  (counseled|counselled|educated|warned|cautioned|advised|instructed|informed|taught|education|teaching|counseling|discussed|reviewed|discussion|knows|told) (him |her |the patient |them |) (about|on|regarding|of|) (the |) (signs|symptoms|risk|risks|warning signs|warning symptoms|red flags|red flag symptoms|danger signs|signs and symptoms|possibility|dangers) (of|for);
  (at|with) (high|higher|increased|low|greater|elevated|moderate) risk (of|for); (high|higher|increased|greater|elevated|moderate) risk (of|for); unless; evaluate for; (sensitivity|sensitive|specificity) (for|to); evaluation for; (evaluation|assessment|review|interrogation) of the (spine|bones|osseous structures|skeleton|vertebrae|lumbar spine|thoracic spine|thoracolumbar spine|vertebral bodies|bony structures) for; (for|in) (the |) (detection|exclusion|identification|demonstration) of; exclusion of; to
  evaluate for; assess for; assessment for; to assess for; look for; looking for; search for; check for; to check for; to
  exclude; exclude; to look for; risk (of|for|factor for|factors for); at risk (of|for); prevent;
  prevents; prevention of; preventing; to prevent; avoid; prophylaxis (for|against); return (for|if|with); (return|come back|go back|present|report) to (the |) (ed|er|emergency room|emergency department|hospital|clinic|office|ward|gp|doctor|a & e|a and e)
  (for|if|with); (return |)precautions (were |have been |) (given|discussed|reviewed|provided|explained) (for|including|regarding|about|if); (return|bleeding|seizure) precautions for; (look|looking|watch) out for; report any; keep an eye out for; alert (for|to); watch for; monitor for; monitoring for; observe for; surveillance for; surveillance of; screen for; screening for; call (for|if);
  call your doctor (for|if); come back (for|if); workup for; work up for; w / u for; susceptible to; predisposed to; predispose to;
  predisposes to; prone to; in order to exclude; whether; any evidence of; is there; are there; in the event that; if there is; suspicion of
  possible; to further evaluate; further evaluation for; concern if
`);

export const CONDITION_BACKWARD = list(`
  (may|might|could|can) (be|have been) (missed|overlooked|masked|hidden);
  as needed; as required;   risk; risk assessment; risk score; precautions; prophylaxis; screening; screen; protocol; prevention; should be excluded; to be excluded;
  needs to be excluded; must be excluded; should be ruled out; to be ruled out; if clinically suspected; if suspected; workup; work
  up; surveillance; risk factors
`);
