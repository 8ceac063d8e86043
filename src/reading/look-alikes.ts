/** Phrases that contain a word of denial or doubt and do neither: they are matched whole, so that the word in them is passed over. */
import { SEEN } from './deny-words.ts';
import { list } from './word-list.ts';

const CHANGE =
  '(change|changes|increase|decrease|progression|worsening|improvement|resolution|relief|growth|enlargement|extension|reduction|alteration|difference|response|regression|evolution|deterioration|collapse|height loss|loss of height|loss of vertebral height|loss of anterior height)';

/** A month or a year: a picture of then. */
const WHEN = `(january|february|march|april|may|june|july|august|september|october|november|december|${Array.from({ length: 46 }, (_, n) => 1995 + n).join('|')})`;

/** Denials of change, of cause or of treatment leave the thing itself standing; not there before means new, not absent. */
export const NO_DENIALS = list(`
  [ ] (no|none|absent|negative|not present|not seen); (no|none|absent|negative) [ ]; (yes|y|present|positive) [ x ] (no|n|none|absent|negative) [ ]; (no|n|none|absent|negative) [ ] (yes|y|present|positive) [ x ]; { } (no|none|absent|negative);
  (which|that|) (is|are|was|were|) not ${SEEN} (on|in) (the|) (prior|previous|earlier|old|comparison|last|recent|most recent); (which|that|)
  (was|were|) not ${SEEN} (previously|before|earlier|then); (which|that|) (was|were) not there (previously|before); (was|were) not (present|seen|there|visible|evident) (in|on) ${WHEN}; new (from|since|compared);
  (was |were |)not (seen|present|evident|visible) (on|in) (the |)(ct|mri|xray|radiograph|radiographs|film|scan|study) (of|from|dated);
  no (significant|definite|appreciable|interval|substantial|obvious|apparent|further|notable|clinically|real|clear|convincing|)
  (significant|interval|appreciable|) ${CHANGE} (in|of|to|from|since|with|over|); without (any|significant|interval|further|appreciable|)
  (significant|interval|) ${CHANGE} (in|of|); no evidence of (interval|) (change|increase|growth|progression|worsening|enlargement) (in|of|);
  (resolution|disappearance|absence|lack) of (the |)(bone |bone marrow |marrow |) (edema|retropulsion|displacement|enhancement|signal) (in|within|at|of|about|around|adjacent to); no (retropulsion|displacement|extension|distraction|angulation|comminution|healing|union|callus) of; without
  (retropulsion|displacement|extension|healing|union) of; no
  (cause|explanation|etiology|reason|source|treatment|therapy|surgery|intervention) for; no further need (for|of); no (further |)(need|reason) to (treat|investigate|address|follow|biopsy|operate on|monitor);
  (no one|nobody) (could|can|has|had|was able to|knew|knows); (no|without) (significant |major |further |apparent |immediate |) (complication|complications|sequelae|problems|issues) (of|from|with|related to|due to|secondary to);
  (no|not any|without) (further|additional|specific|current|active|more|formal|definitive) (workup|work up|evaluation|investigation|treatment|imaging|follow up|intervention|therapy|management|testing|surveillance|surgery) (of|for|is|was);
  no (workup|work up|evaluation|follow up|medication|medications|drug|drugs|indications) for; no (increased|increasing|worsening|decreased|larger|smaller|bigger|worse|better|different);
  not (all|every|each|always|interested|know|known that|aware|taking|take|been taking|been treated|treated|want|wish|wanting|candidate|preclude|precluding|worsen|worsening|much|enough|fully|completely|entirely|due|because|attributable|related|secondary|operated|only|just|simply|merely); not had (his|her|the|their); (none|nil|nothing) (since|at rest|at night|during|thereafter); not (been|) (been|) (controlled|relieved|improved|improving|helped|cleared|clearing|changed|changing|progressed|progressing);
  no insight into; no (idea|knowledge|memory|recollection) (of|that);
  (day|days|week|weeks|hour|hours|month|months|d|wk|wks) (long |) (history|h / o|hx) of; no
  complication of; no question (that|but); (no|without|any|little) doubt; no (reason|cause) to doubt; (no|without) (difficulty|difficulties|trouble|problem) (with|in|); without difficulty; without (and with |) (iv |intravenous |oral |gadolinium |) (contrast|gadolinium|sedation|enhancement); no (iv |intravenous |oral |) contrast; without (any|) further delay;  (ensure|document|confirm|verify|demonstrate|until|to|for|assess|show|towards|toward) (complete |interval |full |) resolution (of|); no significance; no time; no comparison; no
  (previous|prior) (study|studies|imaging|exam|examination|examinations|films|film|comparison|images|ct|mri|radiographs|scans); not
  (significantly|appreciably|substantially|definitely|notably|)
  (changed|increased|progressed|worsened|improved|decreased|enlarged|altered|extended); has not (significantly|appreciably|)
  (changed|increased|progressed|worsened|improved|decreased|enlarged|healed); have not (significantly|)
  (changed|increased|progressed|worsened|improved|decreased); not
  (cause|causing|caused|explain|explained|account|drain|extend|extending|improving|improved|resolving|resolved|responding|responded|respond|healed|united|controlled|relieved|tolerate|tolerated|compliant);
  not (previously|formerly|yet) (reported|described|noted|known|documented|mentioned|recognized|diagnosed|recorded); not only; not simply; not merely; not just; not to mention; not limited to; gram negative; double negative; hiv negative;
  if negative; if not; whether or not; non displaced; non united; non specific; non traumatic; non contrast; non osteoporotic; non
  pathological; non enhanced; non enhancing; non tender; non healing; non operative; non small cell; non hodgkin; non hodgkins; non q wave;
  non insulin; non obstructing; non obstructive; non calcified; non union; non steroidal; non ischemic; non productive; non radiating; no less
  than; no more than; not more than; not less than; no later than; no other than; not otherwise specified; not otherwise; none the less;
  nonetheless; no matter; no sooner; not until; not yet; not well; never smoker; absent minded; free fluid; free air; free fragment; disk
  free; free flap; free text; free standing; free of charge; feel free; against (medical|) advice; against gravity; against resistance; not
  for; not surprising; not uncommon; not unexpected; not infrequently; not unusual;
  (without|beyond) (any |)(question|doubt); not surprisingly
`);

/** "Car versus tree": a collision and no doubt. */
const COLLISION =
  '(pedestrian|cyclist|bicyclist|motorcyclist|bicycle|motorcycle|bike|motorbike|moped|scooter|car|van|lorry|truck|auto) (versus|vs|v) (car|vehicle|auto|lorry|truck|van|tree|wall|bus|motorbike|motorcycle|bicycle|pole|train|pedestrian|cyclist|deer)';

/** Words of doubt that doubt the age of a thing, or nothing at all. */
export const NO_DOUBTS = list(`
  ${COLLISION};
  (felt|thought|considered|believed|judged) to be (a |an |)(true|real|genuine|definite|certain);
  (confirms|confirmed|confirming|confirmation of) (the |a |an |)(clinically |previously |) (suspected|possible|probable|questionable|questioned|presumed|likely);
  (age|of) indeterminate; previously (healthy|well|fit|normal|unremarkable|stable|asymptomatic|active|independent|ambulatory); as in the past; (history|hx) (is|was) (limited|obtained|given|taken|provided|unobtainable|unreliable|difficult|per|by|from|unclear|as above);
  (previous|prior|last|old|earlier) (chest|abdominal|pelvic|lumbar|thoracic|cervical|spine|head|brain|plain|outside) (study|studies|exam|examination|scan|ct|mri|film|films|radiograph|radiographs|imaging|xray|report|x ray|x - ray);
  (first|initially|originally) (seen|noted|described|diagnosed|identified|found|detected|reported) in; of indeterminate age; of (uncertain|unknown|indeterminate|undetermined|questionable|unclear)
  (age|chronicity|acuity|significance|etiology|clinical significance|cause); indeterminate (age|chronicity|acuity|in age|in acuity|in
  chronicity); (uncertain|unknown|unclear|undetermined) (age|chronicity|acuity|etiology|significance|cause);
  (likely|probably|possibly|presumably|most likely) (chronic|old|remote|longstanding|long
  standing|subacute|healed|degenerative|benign|osteoporotic|stable|unchanged|incidental|reactive|physiological|developmental|congenital|the cause|the source|causing|the result|as a result|on the
  basis of|acute on chronic|because); (versus|vs) (prior|previous);
  (is |are |was |were |)(favored|thought|felt|believed|considered|likely|presumed|suspected|suspect|favor) (to be |)(chronic|old|remote|longstanding|subacute|degenerative|benign|healed); may 1; may 2; in may; may be (the
  cause|contributing|helpful|useful|considered|beneficial|obtained|performed|correlated); could be
  (obtained|performed|considered|helpful|useful); might be (helpful|useful|considered); may (benefit|wish|consider|explain); (may|could|might|would) (help|assist|aid) (to|in|with|); or so; or
  more; or less; as if; if possible; if clinically (indicated|appropriate|warranted|relevant|required); if indicated; if needed; if
  required; if appropriate; if not already (done|performed); if not (previously|already|recently)
  (done|performed|known|assessed|investigated); and or; history and physical; history , (physical|examination); history taking; poor
  historian; prior to; previous (study|studies|exam|examination|scan|ct|mri|film|films|radiograph|radiographs|imaging|report|day|night|visit);
  prior (study|studies|exam|examination|scan|ct|mri|film|films|radiograph|radiographs|imaging|report); previously
  (described|noted|seen|demonstrated|reported|identified|mentioned); as (before|previously); compared (to|with) (prior|previous); since
  (prior|previous); interval history; social history; history of present illness
`);
