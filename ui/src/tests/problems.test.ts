import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROBLEMS, asProblem, problemText } from '../lib/problems';

/** The codes that the program can send, read from where they are defined. */
const CODES = [
  ...readFileSync(join(import.meta.dirname, '../../../src-tauri/crates/lifecycle/src/problem.rs'), 'utf8').matchAll(
    /^ {4}\w+ = "([a-z-]+)",$/gmu,
  ),
].map((match) => String(match[1]));

describe('the problem texts', () => {
  it('are there for every code of the program in both languages, and for no other', () => {
    expect(CODES.length).toBeGreaterThan(30);
    for (const texts of Object.values(PROBLEMS)) expect(Object.keys(texts).sort()).toEqual([...CODES].sort());
  });

  it.each(['da', 'en'] as const)('leave no placeholder unfilled in %s', (language) => {
    for (const code of CODES) {
      for (const tries_left of [null, 3]) {
        for (const text of Object.values(problemText({ code, tries_left }, language, '70 25 89 25'))) {
          expect(text.trim(), code).not.toBe('');
          expect(text, code).not.toMatch(/[{}]|null/u);
        }
      }
    }
  });

  it('say how many tries are left where that is known', () => {
    expect(problemText({ code: 'code-wrong', tries_left: 4 }, 'da', '').cause).toContain('Forsøg tilbage: 4.');
    expect(problemText({ code: 'code-wrong', tries_left: null }, 'da', '').cause).not.toContain('Forsøg');
  });

  it('say whom to call', () => {
    expect(problemText({ code: 'code-locked', tries_left: null }, 'en', '70 25 89 25').remedy).toContain('70 25 89 25');
  });

  it('give an unknown code and a thrown error the words of the unexpected', () => {
    const unexpected = PROBLEMS.da.unexpected.title;
    expect(problemText({ code: 'from-a-newer-version', tries_left: null }, 'da', '').title).toBe(unexpected);
    expect(problemText({ code: 'toString', tries_left: null }, 'da', '').title).toBe(unexpected);
    expect(problemText(asProblem(new TypeError('x'), 1), 'da', '').title).toBe(unexpected);
    expect(asProblem('text', 1)).toMatchObject({ code: 'unexpected', tries_left: null, silent: [], until: null });
  });
});
