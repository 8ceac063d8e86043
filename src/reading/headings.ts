/** The headings of reports and notes, and what each means for the text below it. */
import type { Statement } from '#src/case/reading.ts';
import { phraseBook } from './phrase-book.ts';
import { list } from './word-list.ts';

type SectionName = Statement['section'];

export interface HeadingMeaning {
  readonly section: SectionName;
  /** Text below is about the past ('past'), about relatives ('family'), names the examination ('title') or belongs to an addendum ('addendum'). */
  readonly sort: 'plain' | 'past' | 'family' | 'title' | 'addendum' | 'original';
}

const plain = (section: SectionName): HeadingMeaning => ({ section, sort: 'plain' });

export const HEADINGS = phraseBook<HeadingMeaning>([
  [
    plain('history'),
    list(`
  (clinical |brief clinical |relevant
  |)(history|indication|indications|information|details|data|background|question|context|problem|presentation); reason for
  (exam|examination|study|scan|visit|test|procedure|request|referral|imaging|this exam|the exam|order); (history|indication|indications) and
  (indication|indications|history); indication for (exam|examination|study|procedure); (history|hx) of present(ing|) (illness|complaint);
  clinical; clinical (note|notes|summary|request|question|findings at presentation); history of presenting complaint; (chief|presenting) complaint; hpi; symptoms; request; order comments
`),
  ],
  [
    { section: 'history', sort: 'past' },
    list(`
  past (medical |surgical |)history; (previous|prior) (medical |surgical |)history; pmh; pmhx; medical history; past surgical history; surgical history; (past |)medical and surgical history;
  past medical / surgical history; psh; pshx; (past |prior |previous |)(medical |surgical |)hx; past (medical |)problems; (previous|prior|past) (surgery|surgeries|operations|procedures|hospitalizations|admissions|illnesses);
  significant past (medical |)history; background (medical |)history; (past |)(oncologic|oncological|obstetric|gynecologic|psychiatric|cardiac) history
`),
  ],
  [{ section: 'history', sort: 'family' }, ['family (medical |)history', 'fh', 'fhx', 'family hx']],
  [
    plain('technique'),
    list(`
  (scan |imaging |examination |)(technique|techniques|protocol); procedure (description|details|); contrast; dose; radiation dose; sequences;
  methods; views
`),
  ],
  [
    { section: 'other', sort: 'title' },
    list(`
  exam; examination; study; exam type; examination type; type of (exam|examination|study); procedure performed; examination performed; exam
  description; modality
`),
  ],
  [
    plain('comparison'),
    list(`
  comparison; comparisons; comparison study; comparison studies; (prior|previous) (study|studies|imaging|exam|exams|examination|examinations);
  priors; compared (to|with)
`),
  ],
  [
    plain('findings'),
    [
      'finding',
      'findings',
      'report',
      'result',
      'results',
      'body of report',
      'observations',
      'radiology report',
      'imaging findings',
      'report text',
      'answer',
    ],
  ],
  [
    plain('impression'),
    list(`
  (overall |final |)(impression|impressions|conclusion|conclusions|opinion|summary|interpretation|assessment|diagnosis|diagnoses); imp;
  comment; comments; key findings; advice; recommendation; recommendations; impression and (plan|recommendation|recommendations); findings and
  impression; findings impression
`),
  ],
  [
    { section: 'addendum', sort: 'addendum' },
    list(`
  (report |)(addendum|addenda); correction; (amended|revised|corrected|supplementary|supplemental) (report|impression|findings); amendment;
  addendum (begins|start|impression|report); start of addendum; addendum to (report|the report); corrigendum
`),
  ],
  // Headings of notes other than reports: they end the section above them.
  [
    plain('other'),
    list(`
  social history; allergies; (current |home |discharge |admission |)(medications|meds); review of systems; ros; (physical |)(exam findings|examination findings); physical
  (exam|examination); vital signs; vitals; hospital course; assessment and plan; plan; (laboratory |lab )(data|results|studies|findings); labs; disposition; discharge
  (diagnosis|diagnoses|instructions|condition); course in (the |)(ed|emergency department); emergency department course; gross description; microscopic description; operative findings; specimen
`),
  ],
  [
    { section: 'other', sort: 'original' },
    list(`
  end (of |)addendum; addendum ends; (original|initial|previous|primary) report; original report follows; end of report; report as originally
  issued; original; original (text|dictation)
`),
  ],
]);
