/** Names of the tests of a file, as they stand in its source; a name that is made up of parts (`${role} may: ...`) is a pattern. Pure. */

export interface TestName {
  readonly text: string;
  /** Matches the names that the test can have when it runs; its groups are the parts that are put in. */
  readonly pattern: RegExp;
}

/** True when a test of this source has the name, as it is written or as it runs. Parts that are put in have to stand somewhere in the source. */
export function hasTest(source: string, name: string): boolean {
  return testNames(source).some((one) => {
    if (one.text === name) return true;
    const parts = one.pattern.exec(name)?.slice(1);
    return parts !== undefined && parts.length > 0 && parts.every((part) => source.includes(part));
  });
}

const CALL = /\b(?:test|it)(?:\.\w+)?\(\s*(?:'((?:[^'\\\n]|\\.)+)'|"((?:[^"\\\n]|\\.)+)"|`((?:[^`\\]|\\.)+)`)/g;

export function testNames(source: string): readonly TestName[] {
  return [...source.matchAll(CALL)].map(([, single, double, template]) => {
    const text = (single ?? double ?? template ?? '').replaceAll(/\\(['"`])/g, '$1');
    const parts = template === undefined ? [text] : text.split(/\$\{(?:[^{}]|\{[^{}]*\})*\}/);
    return { text, pattern: new RegExp(`^${parts.map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&')).join('(.+)')}$`, 's') };
  });
}
