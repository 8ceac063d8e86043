/** Every outside thing as a step sees it. Systems implement these; steps and pages ask only for the ones they use. */
import type { Case, CaseFacts, CaseState, WrittenResource } from './case/case.ts';
import type { CaseSummary } from './case/case-summary.ts';
import type { Delivery } from './case/delivery.ts';
import type { Measured, ModelIdentity, StudyFinding } from './case/finding.ts';
import type { Accession, CaseId, DicomUid, MessageId } from './case/ids.ts';
import type { MeasuredBody, ModelOutput } from './case/model-output.ts';
import type { HumanAnswer, Outcome, PatientHistory } from './case/referral.ts';
import type { ReferralStatus } from './case/referral-status.ts';
import type { Report } from './case/report.ts';
import type { SeriesChoice, SeriesSummary, StudySummary } from './case/study.ts';
import type { Grade, LandmarkName, Level, PointLps, Sex } from './case/vertebra.ts';
import type { Slice, SpineImages } from './case/volume.ts';

export type { MeasuredBody, ModelOutput };

export interface Clock {
  now(): Date;
}

/** What arrived at the door, byte for byte. */
export interface RawMessage {
  readonly source: string;
  /** MSH-3, MSH-4, MSH-10 as sent. */
  readonly sendingApplication: string;
  readonly sendingFacility: string;
  readonly controlId: string;
  /** MSH-9, e.g. "ORU^R01". */
  readonly messageType: string;
  readonly bytes: Uint8Array;
  readonly charset: string;
  readonly remoteAddress: string;
  readonly flags: readonly string[];
}

export interface Kept {
  /** `duplicate`: the same bytes under the same control id were kept before, as this message. */
  readonly kind: 'stored' | 'duplicate';
  readonly messageId: MessageId;
}

/** A picture or document that belongs to a case (the key image as PNG). Never the original pixels. */
export interface Artifact {
  readonly name: string;
  readonly contentType: string;
  readonly bytes: Uint8Array;
}

export interface CaseEvent {
  readonly at: string;
  readonly step: string;
  readonly outcome: string;
  readonly detail: string;
  readonly ms: number | null;
}

/** What a step gives back. The runner commits it, the event and the next job in one transaction. */
export interface StepResult {
  readonly to: CaseState;
  readonly facts?: Partial<CaseFacts>;
  readonly artifacts?: readonly Artifact[];
  /** One line for the time line; no patient data. */
  readonly detail: string;
}

/** A case as the card needs it. */
export interface CardRow {
  readonly caseId: CaseId;
  readonly version: number;
  readonly state: CaseState;
  readonly facts: CaseFacts;
}

export interface CaseStore {
  load(id: CaseId): Promise<Case | undefined>;
  /** Commits the step's result, its event and the next job together, and who asked for it, if somebody did; false when the case has moved on meanwhile. */
  advance(current: Case, step: string, result: StepResult, ms: number, trail?: TrailEntry): Promise<boolean>;
  artifact(id: CaseId, name: string): Promise<Artifact | undefined>;
  events(id: CaseId): Promise<readonly CaseEvent[]>;
  /** Cases of one patient of the health record, newest first: one indexed read for the hook. */
  cardRows(patientReference: string): Promise<readonly CardRow[]>;
  /**
   * Adds a person's answer once (by its key), with its row of the audit trail; false when it was there already. `to` is asked with the case
   * locked, so that a step which ends at the same moment can neither lose the answer nor be lost.
   */
  recordAnswer(id: CaseId, answer: HumanAnswer, to: (current: Case) => CaseState | null, trail?: TrailEntry): Promise<boolean>;
}

/** Where the door keeps what arrives. The ACK follows the bytes alone; what they mean is filed afterwards (systems/postgres/filing.ts). */
export interface Intake {
  /**
   * Resolves when the bytes are committed, and only then is the sender told so. `next`: whether the message waits to be filed (a report, a merge), or is
   * kept and no more. `unusable`: why it is refused; it is kept all the same.
   */
  keep(message: RawMessage, next: 'file' | 'nothing', unusable: { readonly code: string; readonly text: string } | null): Promise<Kept>;
}

export interface StoreOutcome {
  readonly stored: readonly string[];
  readonly failed: readonly { readonly sopInstanceUid: string; readonly because: string }[];
}

export interface ImageArchive {
  /** Exact matches only. Throws TryLater when the archive is down. */
  findStudies(query: { readonly accession: Accession } | { readonly studyInstanceUid: DicomUid }): Promise<readonly StudySummary[]>;
  /** Studies of exactly this Patient ID from before a day (YYYY-MM-DD), in no particular order. */
  earlierStudies(query: { readonly patientId: string; readonly before: string }): Promise<readonly StudySummary[]>;
  /** `bySample`: of a long series that lies evenly a few instances are enough (`SeriesSummary.stack`). */
  describeSeries(study: DicomUid, how?: { readonly bySample: boolean }): Promise<readonly SeriesSummary[]>;
  /** Decoded frames of the chosen instances, in no particular order. */
  readSlices(study: DicomUid, choice: SeriesChoice, progress?: (read: number, of: number) => void): Promise<readonly Slice[]>;
  /** Nothing reads these pixels, or a volume made of them, any more: their memory may take the next study's. */
  release?(slices: readonly Slice[]): void;
  /** STOW-RS. Already stored instances are not sent twice. */
  store(study: DicomUid, instances: readonly Uint8Array[]): Promise<StoreOutcome>;
}

/** Measurements of ours of the same patient's earlier studies. */
export interface EarlierFindings {
  /** The newest one of this study in another case of the same source and patient. */
  measured(query: {
    readonly source: string;
    readonly patientId: string;
    readonly study: DicomUid;
    readonly except: CaseId;
  }): Promise<Measured | undefined>;
}

export interface FractureModel {
  identities(): readonly ModelIdentity[];
  executionProvider(): string;
  /** Finds, names and measures the vertebral bodies. Grades are not its business: rules/ give them. */
  measure(images: SpineImages, signal: AbortSignal, progress?: (stage: string) => void): Promise<ModelOutput>;
}

export interface HealthRecord {
  /** By identifier; 0, 1 or many. */
  findPatient(
    report: Report,
  ): Promise<{ readonly kind: 'found'; readonly reference: string } | { readonly kind: 'none' | 'many' | 'mismatch'; readonly detail: string }>;
  /** What the case itself wrote earlier (its own referral) is left out. */
  history(patientReference: string, forCase?: CaseId): Promise<PatientHistory>;
  /** Writes (or completes, or supersedes) the resources of a case; safe to run twice. */
  write(subject: Case, keyImage: Artifact | undefined): Promise<readonly WrittenResource[]>;
}

/** Draws the pictures of a measurement as PNG. */
export interface KeyImagePainter {
  /** 'strip.png': the bare grey picture, one pixel a pixel: for pages that draw the landmarks themselves, and for `paint`. */
  paintStrip(output: ModelOutput): Promise<Artifact>;
  /** 'key-image.png': the strip with landmarks, levels, grades, scale and legend. Undefined for a finding without a picture. */
  paint(strip: Artifact, finding: StudyFinding): Promise<Artifact | undefined>;
}

/** JWT ids that a CDS client has used. The same id with the same request is a retry, with another request a replay. */
export interface JtiStore {
  remember(issuer: string, jti: string, bodyHash: string, expiresAt: Date): Promise<'new' | 'same' | 'replayed'>;
}

/** Which case a card that was shown belongs to: CDS Hooks feedback names only the card. */
export interface CardIndex {
  remember(cardUuid: string, caseId: CaseId): Promise<void>;
  caseOf(cardUuid: string): Promise<CaseId | undefined>;
}

/** One message that waits to be sent over one HL7 channel. Its bytes and control id never change, so that a resend is told by the receiver. */
export interface OutboxItem {
  readonly id: string;
  readonly controlId: string;
  readonly bytes: Uint8Array;
  /** How often the receiver answered "try again" (AE); a receiver that is down does not count. */
  readonly tries: number;
}

/** Durable queue of one or more HL7 channels, first in, first out within a channel. */
export interface Outbox {
  /** Adds once by key (case, version and kind of message); false when it was added before, sent or not. */
  add(channel: string, item: { readonly key: string; readonly controlId: string; readonly bytes: Uint8Array }): Promise<boolean>;
  /** The oldest message of the channel that is neither sent nor set aside; it stays in the queue. */
  next(channel: string): Promise<OutboxItem | undefined>;
  /** The receiver has it. */
  sent(id: string): Promise<void>;
  /** The receiver said AE: it stays first, with one more try. */
  tried(id: string, code: string): Promise<void>;
  /** The receiver will never take it (AR, or too many AE): out of the queue, kept for a person. */
  setAside(id: string, code: string): Promise<void>;
}

export interface CaseFilter {
  readonly states?: readonly CaseState[];
  readonly patientReference?: string;
  readonly limit: number;
  readonly offset: number;
}

/** Lists for the pages. */
export interface CaseBrowser {
  list(filter: CaseFilter): Promise<readonly Case[]>;
  /** How many cases stand in each state. */
  stateCounts(): Promise<Readonly<Partial<Record<CaseState, number>>>>;
  /** Parked and closed cases grouped by the code that stopped them. */
  stoppedByCause(): Promise<readonly { readonly code: string; readonly state: CaseState; readonly count: number; readonly newest: string }[]>;
  /** Last message of each source. */
  feeds(): Promise<readonly { readonly source: string; readonly messages: number; readonly unusable: number; readonly newest: string }[]>;
}

/** What is known of one vertebra of a labelled scan. */
export interface LabelledTruth {
  readonly level: Level;
  readonly grade: Grade | null;
  /** 1 - min(Ha, Hm) / Hp of the labelled points, percent. */
  readonly rawLoss: number | null;
  readonly points: Readonly<Partial<Record<LandmarkName, PointLps>>> | null;
}

/** One scan of a site's own labelled data (rung f). */
export interface LabelledScan {
  readonly scan: string;
  readonly patient: string;
  readonly sex: Sex;
  readonly images: SpineImages;
  /** Subgroups of the figures, e.g. { slice: '<=1.5 mm' }. */
  readonly groups: Readonly<Record<string, string>>;
  readonly truths: readonly LabelledTruth[];
  /** Level that the labels give at a point of the patient; null where labels have no places and only names can be compared. */
  readonly levelAt: ((point: PointLps) => Level | null) | null;
}

export interface CaseNote {
  readonly caseId: string;
  readonly at: string;
  readonly byName: string;
  readonly kind: 'note' | 'handed-over';
  /** The note; or who looks after the case from now on (empty: nobody). */
  readonly text: string;
}

/** Lists without the cases' bulk, and what people write beside a case. */
export interface CaseLists {
  worklist(outcomes: readonly Outcome[], referral: readonly ReferralStatus[]): Promise<readonly CaseSummary[]>;
  reviews(): Promise<readonly CaseSummary[]>;
  /** The last ones that changed. */
  newest(limit: number, offset: number): Promise<readonly CaseSummary[]>;
  byIds(ids: readonly string[]): Promise<readonly CaseSummary[]>;
  byCause(code: string): Promise<readonly CaseSummary[]>;
  notes(ids: readonly string[]): Promise<readonly CaseNote[]>;
  /** The note and its row of the audit trail, together. */
  addNote(note: Omit<CaseNote, 'at'>, byId: string, trail?: TrailEntry): Promise<void>;
}

/** How far each channel of a case has come, for the case page: the newest version of the report, in the order of the channels. */
export interface DeliveryStates {
  deliveries(id: CaseId): Promise<readonly Delivery[]>;
}

/** One row of the audit trail. What a person changes is committed together with its row. */
export interface TrailEntry {
  readonly actor: string;
  readonly action: string;
  readonly caseId: string | null;
  readonly detail: string;
}

/** Who did or saw what. Rows are only added; each holds the hash of the one before. */
export interface AuditTrail {
  add(entry: TrailEntry): Promise<void>;
  /** Newest first. */
  list(
    actions: readonly string[],
    limit: number,
  ): Promise<readonly { at: string; actor: string; action: string; caseId: string | null; detail: string }[]>;
  /** Reads the whole trail: how many rows it has, and the id of the first that does not fit its chain, or null. */
  chain(): Promise<{ readonly broken: string | null; readonly rows: number }>;
}
