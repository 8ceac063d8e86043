/** The contract suite on the stand-in archive and on Orthanc. */
import { startArchive } from '#test/hospital/archive.ts';
import { archiveContract } from './archive-contract.ts';
import { ORTHANC_USER, startOrthanc, whyNoOrthanc } from './orthanc.ts';

archiveContract(
  'stand-in',
  async () => {
    const server = await startArchive({ folders: [] });
    return { url: server.url, auth: { kind: 'none' }, close: () => server.close() };
  },
  undefined,
);

archiveContract(
  'Orthanc',
  async () => {
    const server = await startOrthanc();
    return { url: server.url, auth: { kind: 'basic', ...ORTHANC_USER }, close: () => server.close() };
  },
  whyNoOrthanc(),
);
