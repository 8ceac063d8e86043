/** Writes docs/configuration.md and .env.example from src/config.ts; `--check` compares instead and fails when they differ. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SETTINGS } from '#src/config.ts';

const WRITTEN = 'Written by `npm run docs` from src/config.ts. Do not edit.';

function configurationPage(): string {
  const rows = Object.entries(SETTINGS).map(([name, setting]) => {
    const secret = 'secret' in setting && setting.secret ? ` Secret: may come from the file named by \`${name}_FILE\`.` : '';
    return `| \`${name}\` | ${setting.default === '' ? '(empty)' : `\`${setting.default}\``} | ${setting.sentence}${secret} |`;
  });
  return `# Configuration\n\n${WRITTEN}\n\nEvery setting is an environment variable. \`npm start\` (all roles in one process) and \`npm run backstop -- COMMAND\` also read a file \`.env\` in the project's root ([.env.example](../.env.example)); a variable that is set already wins over it. Docker Compose reads the same file. All faults are told at once, and a faulty configuration stops the start.\n\n| setting | default | meaning |\n|---|---|---|\n${rows.join('\n')}\n`;
}

function envExample(): string {
  const lines = Object.entries(SETTINGS).map(([name, setting]) => `# ${setting.sentence}\n# ${name}=${setting.default}\n`);
  return `# ${WRITTEN.replaceAll('`', '')}\n# Copy to .env and take away the "# " before what you set. Quote a value that holds a #.\n\n${lines.join('\n')}`;
}

const PAGES: readonly (readonly [path: string, content: string])[] = [
  ['docs/configuration.md', configurationPage()],
  ['.env.example', envExample()],
];

const root = fileURLToPath(new URL('..', import.meta.url));
for (const [path, content] of PAGES) {
  if (!process.argv.includes('--check')) {
    writeFileSync(`${root}${path}`, content);
  } else {
    let present = '';
    try {
      present = readFileSync(`${root}${path}`, 'utf8');
    } catch {
      // Told below, like any difference.
    }
    if (present !== content) {
      console.error(`${path} is not what the code says: run "npm run docs"`);
      process.exitCode = 1;
    }
  }
}
