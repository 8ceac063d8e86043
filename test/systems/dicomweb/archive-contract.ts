/** What every image archive must do for the port `ImageArchive`: the same suite for the stand-in and for Orthanc. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { accession, dicomUid } from '#src/case/ids.ts';
import type { SeriesChoice } from '#src/case/study.ts';
import { makeLog } from '#src/lib/log.ts';
import { assembleVolume } from '#src/measure/assemble-volume.ts';
import { pickSeries } from '#src/rules/pick-series.ts';
import { makeImageArchive, type OpenImageArchive } from '#src/systems/dicomweb/client.ts';
import type { ArchiveAuth } from '#src/systems/dicomweb/http-session.ts';
import { makeSliceFile, patternPixels, uidOf } from './make-slices.ts';
import { convert, tool } from './outside-tools.ts';

export interface ContractSubject {
  readonly url: string;
  readonly auth: ArchiveAuth;
  close(): Promise<void>;
}

const COUNT = 12;
const LONG_COUNT = 48;
const CAPTURE = '1.2.840.10008.5.1.4.1.1.7';
const STUDY = dicomUid(uidOf('study'))!;
const log = makeLog({ level: 'silent' });

export function archiveContract(name: string, start: () => Promise<ContractSubject>, skip: string | undefined): void {
  describe(`archive contract: ${name}`, { skip: skip ?? false }, () => {
    let subject: ContractSubject;
    let archive: OpenImageArchive;
    const axial = Array.from({ length: COUNT }, (_, z) => makeSliceFile(z));
    const capture = makeSliceFile(90, {
      attributes: { SOPClassUID: CAPTURE, SeriesInstanceUID: uidOf('captures'), Modality: 'OT', SeriesNumber: '99', ConversionType: 'WSD' },
    });

    before(async () => {
      subject = await start();
      archive = makeImageArchive({ url: subject.url, auth: subject.auth, log });
    });
    after(async () => {
      await archive.close();
      await subject.close();
    });

    test('stores instances, and a second time finds them there', async () => {
      const sent = [...axial, capture];
      const first = await archive.store(STUDY, sent);
      assert.deepEqual(first.failed, []);
      assert.equal(first.stored.length, COUNT + 1);
      const again = await archive.store(STUDY, sent);
      assert.deepEqual([...again.stored].sort(), [...first.stored].sort());
    });

    test('finds a study by its exact accession number or UID', async () => {
      const [found, ...more] = await archive.findStudies({ accession: accession('A-0001')! });
      assert.equal(more.length, 0);
      assert.equal(found!.studyInstanceUid, STUDY);
      assert.equal(found!.patientId, 'P-100');
      assert.equal(found!.studyDate, '2026-03-10');
      assert.ok(found!.modalities.includes('CT'));
      assert.equal((await archive.findStudies({ studyInstanceUid: STUDY })).length, 1);
      assert.deepEqual(await archive.findStudies({ accession: accession('A-000')! }), []);
      assert.deepEqual(await archive.findStudies({ studyInstanceUid: dicomUid(uidOf('no such study'))! }), []);
    });

    test('finds the earlier studies of exactly this patient', async () => {
      const studies = [
        ['earlier', 'P-100', '20250310'],
        ['day before', 'P-100', '20260309'],
        ['same day', 'P-100', '20260310'],
        ['later', 'P-100', '20260401'],
        ['other patient', 'P-1001', '20240101'],
      ] as const;
      for (const [name, PatientID, StudyDate] of studies) {
        const study = dicomUid(uidOf(name))!;
        const attributes = {
          StudyInstanceUID: study,
          SeriesInstanceUID: uidOf(`${name} series`),
          SOPInstanceUID: uidOf(`${name} instance`),
          PatientID,
          StudyDate,
        };
        assert.deepEqual(
          (await archive.store(study, [makeSliceFile(0, { attributes: { ...attributes, AccessionNumber: name.toUpperCase() } })])).failed,
          [],
        );
      }
      const found = await archive.earlierStudies({ patientId: 'P-100', before: '2026-03-10' });
      assert.deepEqual(found.map((study) => study.studyInstanceUid).toSorted(), [uidOf('earlier'), uidOf('day before')].toSorted());
      assert.deepEqual(
        found.map((study) => [study.modalities, study.description]),
        [
          [['CT'], 'CT THORAX'],
          [['CT'], 'CT THORAX'],
        ],
      );
      assert.deepEqual(await archive.earlierStudies({ patientId: 'P-10*', before: '2026-03-10' }), [], 'a wildcard is never searched for');
    });

    test('describes series with the geometry of their instances', async () => {
      const series = await archive.describeSeries(STUDY);
      const ct = series.find((one) => one.modality === 'CT')!;
      assert.equal(ct.instanceCount, COUNT);
      assert.equal(ct.instances.length, COUNT);
      assert.deepEqual(ct.kernel, ['Br40']);
      assert.equal(ct.kvp, 120);
      const third = ct.instances.find((instance) => instance.sopInstanceUid === uidOf('instance 2'))!;
      assert.deepEqual(third.imagePosition, [-8, -6, 2]);
      assert.deepEqual(third.imageOrientation, [1, 0, 0, 0, 1, 0]);
      assert.deepEqual(third.pixelSpacing, [1, 1]);
      assert.deepEqual(third.imageType, ['ORIGINAL', 'PRIMARY', 'AXIAL']);
      assert.deepEqual([third.rows, third.columns], [12, 16]);
      assert.equal(series.find((one) => one.modality === 'OT')!.instances.length, 0, 'series that are no pictures are not read');
    });

    async function choose(): Promise<SeriesChoice> {
      const [study] = await archive.findStudies({ studyInstanceUid: STUDY });
      const picked = pickSeries(await archive.describeSeries(STUDY), study!);
      assert.ok(picked.ok);
      return picked.choice;
    }

    test('gives the chosen slices, exact and whole', async () => {
      const progress: string[] = [];
      const slices = await archive.readSlices(STUDY, await choose(), (read, of) => progress.push(`${read}/${of}`));
      assert.equal(progress.at(-1), `${COUNT}/${COUNT}`);
      const assembled = assembleVolume(slices, 'CT');
      assert.ok(assembled.ok);
      const expected = Array.from({ length: COUNT }, (_, z) => [...patternPixels(12, 16, z)].map((value) => value - 1024)).flat();
      assert.deepEqual([...assembled.volume.values], expected);
      assert.deepEqual(assembled.volume.affine, [1, 0, 0, -8, 0, 1, 0, -6, 0, 0, 1, 0]);
    });

    describe('a long series, known by a sample of its headers', () => {
      const LONG = dicomUid(uidOf('long study'))!;
      const long = (series: string, z: number, more: Record<string, unknown> = {}) => {
        const uids = { StudyInstanceUID: LONG, SeriesInstanceUID: uidOf(series), SOPInstanceUID: uidOf(`${series} ${z}`) };
        return makeSliceFile(z, { attributes: { ...uids, AccessionNumber: 'A-LONG', ...more } });
      };
      const chosenOf = async (series: string, bySample: boolean) => {
        const [study] = await archive.findStudies({ studyInstanceUid: LONG });
        const described = (await archive.describeSeries(LONG, { bySample })).filter((one) => one.seriesInstanceUid === uidOf(series));
        const picked = pickSeries(described, study!);
        assert.ok(picked.ok);
        return picked.choice;
      };

      before(async () => {
        const files = Array.from({ length: LONG_COUNT }, (_, z) => long('even', z));
        // The archive lists one as the thirtieth that lies between two others.
        const odd = Array.from({ length: LONG_COUNT }, (_, z) => long('odd', z, z === 29 ? { ImagePositionPatient: ['-8', '-6', '3.5'] } : {}));
        assert.deepEqual((await archive.store(LONG, [...files.toReversed(), ...odd])).failed, []);
      });

      test('is chosen, read and ordered as by all headers', async () => {
        const [sampled, whole] = [await chosenOf('even', true), await chosenOf('even', false)];
        assert.equal(sampled.stack?.count, LONG_COUNT);
        const { stack: _, sopInstanceUids: few, ...rest } = sampled;
        const { sopInstanceUids: all, ...expected } = whole;
        assert.deepEqual(rest, expected);
        assert.deepEqual(
          few,
          [0, 1, LONG_COUNT / 2, LONG_COUNT - 1].map((z) => uidOf(`even ${z}`)),
        );
        const slices = await archive.readSlices(LONG, sampled);
        assert.deepEqual(
          slices.map((slice) => slice.sopInstanceUid),
          all,
        );
        assert.deepEqual(slices, await archive.readSlices(LONG, whole));
      });

      test('with a slice that lies elsewhere is not read by the sample, and by all headers as ever', async () => {
        const sampled = await chosenOf('odd', true);
        assert.equal(sampled.stack?.count, LONG_COUNT, 'four headers cannot tell');
        await assert.rejects(archive.readSlices(LONG, sampled), { name: 'TryLater', code: 'DICOMWEB_NOT_AS_SAMPLED' });
        assert.equal((await archive.readSlices(LONG, await chosenOf('odd', false))).length, LONG_COUNT);
      });
    });

    test('gives single instances of a series', async () => {
      const choice = await choose();
      const slices = await archive.readSlices(STUDY, { ...choice, sopInstanceUids: choice.sopInstanceUids.slice(3, 5) });
      assert.deepEqual(
        slices.map((slice) => slice.position![2]).sort((a, b) => a - b),
        [3, 4],
      );
    });

    test('gives compressed instances as they are stored', async (t) => {
      const path = tool('dcmcjpls');
      if (!path) return t.skip('dcmcjpls is not installed');
      const plain = Array.from({ length: 9 }, (_, z) =>
        makeSliceFile(z, {
          attributes: {
            SeriesInstanceUID: uidOf('thin'),
            SOPInstanceUID: uidOf(`thin ${z}`),
            SliceThickness: '0.5',
            ImagePositionPatient: ['-8', '-6', String(2 * z)],
          },
        }),
      );
      const packed = await Promise.all(plain.map((file) => convert(path, ['IN', 'OUT'], file)));
      assert.deepEqual((await archive.store(STUDY, packed)).failed, []);
      const series = (await archive.describeSeries(STUDY)).filter((one) => one.seriesInstanceUid === uidOf('thin'));
      const picked = pickSeries(series, (await archive.findStudies({ studyInstanceUid: STUDY }))[0]!);
      assert.ok(picked.ok);
      const slices = await archive.readSlices(STUDY, picked.choice);
      const fifth = slices.find((slice) => slice.sopInstanceUid === uidOf('thin 4'))!;
      assert.deepEqual(
        [...fifth.values],
        [...patternPixels(12, 16, 4)].map((value) => value - 1024),
      );
    });

    test('an instance of another study is refused by name', async () => {
      const foreign = makeSliceFile(0, { attributes: { StudyInstanceUID: uidOf('another study'), SOPInstanceUID: uidOf('foreign') } });
      const outcome = await archive.store(STUDY, [foreign]);
      assert.deepEqual(outcome.stored, []);
      assert.equal(outcome.failed[0]!.sopInstanceUid, uidOf('foreign'));
      assert.notEqual(outcome.failed[0]!.because, '');
    });

    test('what is not there is asked for again later', async () => {
      const choice = await choose();
      const gone = { ...choice, sopInstanceUids: [dicomUid(uidOf('never stored'))!] };
      await assert.rejects(archive.readSlices(STUDY, gone), { name: 'TryLater', code: 'DICOMWEB_INSTANCE_MISSING' });
      await assert.rejects(archive.readSlices(STUDY, { ...choice, seriesInstanceCount: COUNT - 1 }), {
        name: 'TryLater',
        code: 'DICOMWEB_SERIES_CHANGED',
      });
    });
  });
}
