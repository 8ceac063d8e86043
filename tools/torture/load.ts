/** The mixed load: new reports, duplicates, corrections, addenda, cancellations, merges, malformed ones, unknown patients, images that come late. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Chance } from './chance.ts';
import { inventMerge, inventPerson, inventReport, inventStudy, patientResource, type Status } from './invented.ts';
import type { Examination, Ledger, Message } from './ledger.ts';
import type { TortureOptions } from './options.ts';

type Doing =
  | 'new'
  | 'late-images'
  | 'no-images'
  | 'measured'
  | 'unknown-patient'
  | 'duplicate'
  | 'corrected'
  | 'addendum'
  | 'cancelled'
  | 'merge'
  | 'not-hl7'
  | 'no-accession'
  | 'other-type'
  | 'half';

const WEIGHTS: Readonly<Record<Doing, number>> = {
  new: 34,
  'late-images': 6,
  'no-images': 4,
  measured: 3,
  'unknown-patient': 5,
  duplicate: 14,
  corrected: 10,
  addendum: 6,
  cancelled: 3,
  merge: 3,
  'not-hl7': 3,
  'no-accession': 3,
  'other-type': 2,
  half: 4,
};

/** Where the load reaches the outside: the health record gets patients, the archive studies, the senders messages. */
export interface LoadSurroundings {
  addPatient(resource: object): Promise<void>;
  addStudy(files: readonly { readonly bytes: Uint8Array }[]): void;
  send(lane: number, message: Message): void;
  readonly lanes: number;
}

export class Load {
  readonly #chance: Chance;
  readonly #options: TortureOptions;
  readonly #ledger: Ledger;
  readonly #around: LoadSurroundings;
  readonly #late: Promise<void>[] = [];
  #numbers = 0;
  #measured = 0;

  constructor(chance: Chance, options: TortureOptions, ledger: Ledger, around: LoadSurroundings) {
    this.#chance = chance;
    this.#options = options;
    this.#ledger = ledger;
    this.#around = around;
  }

  /** Sends at the rate until the signal, and at least so many as were asked for; a sender that is behind is not spared. */
  async run(until: AbortSignal): Promise<void> {
    while (!until.aborted || this.#ledger.messages.length < this.#options.leastMessages) {
      await this.#one();
      await pause(this.#chance.gap(1000 / this.#options.rate), undefined, { signal: until }).catch(() => undefined);
    }
  }

  /** When the last late study is in the archive. */
  async allImagesCame(): Promise<void> {
    await Promise.all(this.#late);
  }

  async #one(): Promise<void> {
    const open = this.#ledger.examinations.filter((one) => one.status !== 'cancelled' && one.mergedInto === null);
    let doing = this.#chance.weighted(WEIGHTS);
    if (open.length === 0 && ['duplicate', 'corrected', 'addendum', 'cancelled', 'merge'].includes(doing)) doing = 'new';
    if (doing === 'measured' && this.#measured >= this.#options.measuredStudies) doing = 'new';
    // One at the very start, so that a short run has its share of the networks too.
    if (this.#measured === 0) doing = 'measured';
    if ((doing === 'late-images' || doing === 'no-images') && !this.#options.lateImages) doing = 'new';
    switch (doing) {
      case 'new':
      case 'late-images':
      case 'no-images':
      case 'measured':
      case 'unknown-patient':
        return await this.#newExamination(doing);
      case 'corrected':
      case 'addendum':
      case 'cancelled':
        return this.#another(this.#chance.pick(open), doing);
      case 'duplicate':
        return this.#again(this.#chance.pick(open));
      case 'merge':
        return await this.#merge(this.#chance.pick(open));
      default:
        return this.#odd(doing);
    }
  }

  async #newExamination(doing: 'new' | 'late-images' | 'no-images' | 'measured' | 'unknown-patient'): Promise<void> {
    const number = this.#next();
    const person = inventPerson(this.#chance, number);
    const accession = `TOR${String(number).padStart(8, '0')}`;
    const images = doing === 'late-images' ? 'late' : doing === 'no-images' ? 'never' : doing === 'measured' ? 'measured' : 'one-slice';
    const isPatientKnown = doing !== 'unknown-patient';
    const examination: Examination = {
      accession,
      person,
      images,
      isPatientKnown,
      lane: number % this.#around.lanes,
      newest: '',
      status: 'final',
      versions: 0,
      mergedInto: null,
    };
    if (isPatientKnown) await this.#around.addPatient(patientResource(person));
    if (images === 'measured') this.#measured += 1;
    if (images === 'late') this.#late.push(this.#laterStudy(examination, this.#chance.between(5_000, 45_000)));
    else if (images !== 'never') this.#around.addStudy(await inventStudy(person, accession, images));
    this.#ledger.examinations.push(examination);
    this.#another(examination, 'final');
  }

  async #laterStudy({ person, accession }: Examination, afterMs: number): Promise<void> {
    await pause(afterMs);
    this.#around.addStudy(await inventStudy(person, accession, 'one-slice'));
  }

  #another(examination: Examination, status: Status): void {
    const controlId = this.#controlId();
    examination.versions += 1;
    examination.newest = controlId;
    examination.status = status;
    const { accession, person, versions: version } = examination;
    const finding = this.#chance.whole(0, 4);
    this.#send('report', controlId, inventReport({ accession, person, controlId, status, version, finding }), examination);
  }

  /** A sender that forgot that it had its answer, or one that gives the same report another number. */
  #again(examination: Examination): void {
    const sent = this.#ledger.messages.findLast((message) => message.controlId === examination.newest);
    if (sent) this.#send('duplicate', sent.controlId, sent.bytes, examination);
  }

  async #merge(examination: Examination): Promise<void> {
    const into = { ...examination.person, id: `M${examination.person.id}` };
    if (examination.isPatientKnown) await this.#around.addPatient(patientResource(into));
    examination.mergedInto = into;
    const controlId = this.#controlId();
    this.#send('merge', controlId, inventMerge(controlId, examination.person, into), examination);
  }

  #odd(kind: 'not-hl7' | 'no-accession' | 'other-type' | 'half'): void {
    const number = this.#next();
    const controlId = this.#controlId();
    const person = inventPerson(this.#chance, number);
    const report = inventReport({ accession: null, person, controlId, status: 'final', version: 1, finding: number });
    if (kind === 'no-accession') this.#send(kind, controlId, report, null);
    if (kind === 'half') this.#send(kind, controlId, report, null);
    if (kind === 'other-type') this.#send(kind, controlId, Buffer.from(report.toString('utf8').replace('ORU^R01^ORU_R01', 'ADT^A08^ADT_A01')), null);
    if (kind === 'not-hl7') this.#send(kind, '', Buffer.from(`no message at all ${controlId} \u0001\u0002`), null);
  }

  #send(kind: Message['kind'], controlId: string, bytes: Buffer, examination: Examination | null): void {
    const message: Message = { kind, controlId, bytes, examination, acknowledged: null, tries: 0 };
    this.#ledger.messages.push(message);
    this.#around.send(examination?.lane ?? this.#chance.whole(0, this.#around.lanes - 1), message);
  }

  #next(): number {
    this.#numbers += 1;
    return this.#numbers;
  }

  #controlId(): string {
    return `TC${String(this.#next()).padStart(8, '0')}`;
  }
}
