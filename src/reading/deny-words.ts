/** Words that deny what follows them or what stands before them. */
import { list } from './word-list.ts';

/** What a thing can be or not be when it is looked for. */
export const SEEN =
  '(seen|identified|present|noted|demonstrated|evident|visualized|found|detected|appreciated|observed|shown|apparent|visible|recognized|discernible|revealed|elicited|palpable|palpated|heard|reported|felt|documented|depicted|suggested|suspected|discerned|displayed|encountered|obvious|endorsed|indicated|imaged here)';

export const DENY_FORWARD = list(`
  no; not; nor; neither; none of; none; none (with|showing|associated with|causing); none of which (is|are|has|have|shows|show); without; w / o; denies; denied; denying; deny; negative for; in the absence of; absence of; absent; lack of; lacks; lacking;
  free of; free from; clear of; devoid of; never; never had; never developed; (fail|fails|failed|failing|failure) to
  (demonstrate|show|reveal|identify|confirm|disclose|detect|document|find|visualize|elicit|support|suggest|indicate|develop|grow|yield|produce); unremarkable for; ruled out; rules out; ruled the patient out for; ruled him out for; ruled her out for;
  (is|was|were|been|being) ruled out for; rule out for; rules out for; not (complaining|complain) of; (no|without) (complaint|complaints|subjective complaint|subjective complaints) of; not (significant|remarkable|notable|positive) for; not (found|noted|seen|shown|thought|felt|known) to (be in|be|have|have had);
  (is |was |seems |) unlikely (that|to be|to have); doubt; doubts; doubted; (is|am|are) doubtful of; with out; ruled out for; rule her out for; rule him out for; excludes; excluding; has excluded; excluded; (is|are|was|were|) (uninvolved|unaffected) by; (screen|screening) (is|was|were|came back|returned|) negative for; mimics; mimicking; simulates; simulating; rather than; instead
  of; as opposed to; no longer; nil; non; zero; unable to (identify|see|detect|demonstrate|visualize|appreciate); cannot
  (see|identify|detect|demonstrate|appreciate); cannot; doesnt; dont; didnt; isnt; arent; wasnt; werent; hasnt; hadnt; havent; argues against;
  argue against; evidence against; goes against; against; unlikely to (be|represent|reflect|indicate|have); unlikely (represents|related to);
  unlikely; nothing; unable to; no (evidence|sign|signs|indication); nothing to (suggest|indicate|support); (is|are|was|were|been|remains|remained) (negative|unremarkable) for; (is|was) (free|clear|devoid) of; (thought|felt|believed|considered|judged) not to (be|represent|be due to|be related to|reflect|have|indicate); (is|are|was|were|been) not (felt|thought|believed|considered|likely|suspected) to (be|represent|reflect|have|indicate); what (was|were|had been|is|has been) (initially |previously |originally |first |) (thought|felt|considered|believed|described|reported|interpreted|called|suspected) (to be|as|to represent|as being|being|); (mistaken|misinterpreted|misread|misdiagnosed|misreported) (for|as); (not|never) (been |) given; not (requiring|needing); no (need|indication|requirement|role) (for|of); (did|does|do|has|have|had|would|will) not (require|need|required|needed); (didnt|doesnt) (require|need); resolved; resolution of; complete resolution of; disappearance of; no evidence of; no evidence for; no evidence to
  suggest; insufficient evidence (for|of); little evidence (for|of); no
  (sign|signs|suggestion|indication|features|feature|findings|finding) (of|for|to suggest); no definite; no convincing;
  no obvious; no clear; no discrete; no suspicious; no suspicion (of|for); no concern for; no concerning; no longer any; no likely; no
  possible; no probable; no apparent; no question of; no suggestion; do not suspect; not suspected to (be|have); not suspicious for; not
  suggestive of; not concerning for; not consistent with; not (typical|characteristic|diagnostic|indicative) (of|for); not compatible with; not (felt|thought|believed|considered|likely) to
  (be|represent|reflect|have|indicate); (not|never) (represent|have|show|demonstrate|reveal|develop|suggest|appear to have|seem to have|known to have|found to have|noted to have); not (appear|seem) to (be|represent|have); not likely; (low|minimal|negligible) (clinical |) (suspicion|probability|likelihood|risk) (of|for|that); (little|nothing|none) (to|that would|which would) (suggest|indicate|support|point to); little suspicion (of|for); [ ]; disregard; please
  disregard; (erroneously|incorrectly|mistakenly) (reported|described|stated|dictated|called|labelled|labeled|identified); know acute; know
  evidence of; know fracture; negative; { - }; (-|) ve for; negative study for; negative exam for; negative (ct|mri|xray|radiograph|radiographs|examination) for;
  ruled-out
`);

/** After a label's colon: "Fracture: nil." denies the label, "Lumbar spine: nil acute" what follows. */
export const DENY_LABELLED = list(`
  : (none|nil|absent)
`);

export const DENY_BACKWARD = list(`
  [ x ] (no|none|absent|negative|not present|not seen); (no|none|absent|negative) [ x ]; (yes|y|present|positive) [ ] (no|n|none|absent|negative) [ x ]; (no|n|none|absent|negative) [ x ] (yes|y|present|positive) [ ];
  (screen|screening) (is|was|were|came back|returned|) negative; { x } (no|none|absent|negative);   negative; (is|are|was|were) not (felt|thought|believed|considered|deemed) to be (present|there|active|likely|significant);  ? (no|none|nil|n|negative|absent|not seen); : n; (described|reported|stated|dictated|included|noted|called) in error; in error; { - }; - ve; { - }; { - ve }; non reactive; nonreactive; non detected; nondetected; : 0; not ${SEEN};
  not (required|needed|performed|done|necessary|attempted);
  (is|was|were|has been|have been) not (required|needed|performed|done|necessary|given|started|attempted|obtained);
  (has|have|had|did|does|do|) (not|never) (recurred|recur|returned|return|reappeared|reappear|occur|occurred|happened|happen|materialized|troubled);
  (did|do|does|has|have) not (recur|return); never (recurred|returned|materialized|occurred);
  (has|have|had|) (completely |now |since |fully |largely |) (subsided|abated|normalized|vanished|ceased|remitted|dissipated|stopped|gone away|gone|disappeared|faded away);
  (went|goes) away;
  (is|are|was|were|has been|have been|can be|could be|being|) not
  (definitely|clearly|obviously|convincingly|been|be|otherwise|readily|currently|yet|actually|directly|) ${SEEN}; (cannot|could
  not|couldnt|can not) (be|) (definitely|clearly|) ${SEEN}; (is|are|was|were|has been|have been) not confirmed; not confirmed; (isnt|wasnt|werent|arent) confirmed; never confirmed; (not|never) (proven|proved|borne out|substantiated); (isnt|arent|wasnt|werent) ${SEEN}; no longer ${SEEN}; never ${SEEN}; ruled out;
  (is|are|was|were|has been|have been) ruled out; (is|are|was|were|has been|have been) excluded; excluded; absent; (is|are|was|were) absent;
  (is|are|was|were|remains|remain|) negative; has resolved; have resolved; resolved; has (completely|now|since|fully) resolved; have
  (completely|now|since|fully) resolved; unlikely; (is|are|was|were|seems|appears) (very|highly|considered|thought|felt|extremely|) unlikely; (very|highly|extremely|quite|most) unlikely;
  not likely; (is|are|was|were) denied; has disappeared; not the case; none; none seen; none identified; none present; none noted; none
  detected; none found; none demonstrated; nil; nil seen; not felt to be present; free; was denied by the patient; did not occur; is gone; are
  gone; has cleared; have cleared; (is|was|were|are|being|) in error; (is|are|was|were) (felt to be |considered |) (an |a |) (purely |) (projectional|projection|positioning|positional|motion|technical|imaging|) (artifact|artefact|artifactual); (is|are|was|were) (due to|secondary to|the result of) (an |a |) (projectional|projection|positioning|motion|technical|) (artifact|artefact|projection); (is|was|are|were) (an error|incorrect|erroneous|not
  correct|mistaken|retracted|withdrawn); should (be disregarded|not be included|be removed|be retracted)
`);
