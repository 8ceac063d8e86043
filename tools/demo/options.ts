/** The demo's command line. */
import { parseArgs } from 'node:util';

export interface DemoOptions {
  readonly once: boolean;
  readonly json: boolean;
  readonly study: string | undefined;
  readonly port: number | undefined;
  readonly hl7Port: number | undefined;
  readonly timeLimitMs: number;
  readonly settings: Readonly<Record<string, string>>;
}

const HELP = `npm run demo -- [options]
  --once          end by itself; exit 0 only if every expected result is there
  --json          the last line of stdout is one JSON object
  --study DIR     one more study: a folder of DICOM files, with a plain negative report for it
  --port N        port of the pages (default: any free one)
  --hl7-port N    port of the HL7 listener (default: any free one)
  --provider LIST ONNX Runtime execution providers in order, e.g. cuda,cpu (default cpu)
  --time-limit S  seconds until the demo gives up waiting (default 600)`;

/** Throws an Error in plain words for an option it does not know. */
export function demoOptions(args: string[]): DemoOptions {
  const { values } = parseArgs({
    args,
    options: {
      once: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      study: { type: 'string' },
      port: { type: 'string' },
      'hl7-port': { type: 'string' },
      provider: { type: 'string' },
      'time-limit': { type: 'string', default: '600' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    process.exit(0);
  }
  return {
    once: values.once,
    json: values.json,
    study: values.study,
    port: number('--port', values.port),
    hl7Port: number('--hl7-port', values['hl7-port']),
    timeLimitMs: (number('--time-limit', values['time-limit']) ?? 600) * 1000,
    settings: values.provider === undefined ? {} : { EXECUTION_PROVIDERS: values.provider },
  };
}

function number(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 65_535) throw new Error(`${option} needs a whole number, not "${text}"`);
  return value;
}
