import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FINDINGS, findingText } from '../lib/findings';

const CORE = readFileSync(join(import.meta.dirname, '../../../src-tauri/crates/pki/src/path_validation.rs'), 'utf8');

/** The variants of an enum of the core, by the names they are sent with. */
function variants(name: string): string[] {
  const body = new RegExp(`pub enum ${name} \\{([^}]*)\\}`, 'u').exec(CORE)?.[1] ?? '';
  return [...body.matchAll(/^ {4}(\w+),$/gmu)].map(([, variant]) =>
    String(variant)
      .replace(/(?<=.)[A-Z]/gu, (letter) => `-${letter}`)
      .toLowerCase(),
  );
}

describe('the texts of findings', () => {
  it('are there for every code and every remedy of the program in both languages, and for no other', () => {
    const [codes, remedies] = [variants('FindingCode'), variants('Remedy')];
    expect(codes.length).toBeGreaterThan(20);
    expect(remedies.length).toBeGreaterThan(5);
    for (const texts of Object.values(FINDINGS)) {
      expect(Object.keys(texts.findings).sort()).toEqual([...codes].sort());
      expect(Object.keys(texts.remedies).sort()).toEqual([...remedies].sort());
    }
  });

  it('say whom to call, with the number where it is known', () => {
    const finding = { code: 'status-unknown', remedy: 'fetch-status' };
    expect(findingText(finding, 'da', '70 25 89 25').remedy).toContain('supporten på 70 25 89 25');
    expect(findingText(finding, 'da', '').remedy).toMatch(/ring til supporten\./u);
    expect(findingText(finding, 'en', '').remedy).not.toMatch(/[{}]/u);
  });
});
