import daProblems from '$problems/da.json';
import enProblems from '$problems/en.json';
import type { LanguageView } from './bindings/LanguageView';
import type { ProblemView } from './bindings/ProblemView';

/** The code of a problem that the window has texts for: the keys of the shared file. */
export type ProblemCode = keyof typeof daProblems;

/** What a person reads about a problem. */
export interface ProblemText {
  title: string;
  cause: string;
  remedy: string;
}

/** The shared texts: a code that one language lacks is a type error. */
export const PROBLEMS: Record<LanguageView, Record<ProblemCode, ProblemText>> = { da: daProblems, en: enProblems };

function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(daProblems, code);
}

/** The texts of a problem, its placeholders filled in. An unknown code reads as `unexpected`. */
export function problemText(problem: ProblemView, language: LanguageView, supportPhone: string): ProblemText {
  const code: ProblemCode = isProblemCode(problem.code) ? problem.code : 'unexpected';
  const { title, cause, remedy } = PROBLEMS[language][code];
  const fill = (text: string): string => {
    const known = problem.tries_left === null ? withoutSentenceOf(text, '{tries}') : text;
    return known.replaceAll('{tries}', String(problem.tries_left)).replaceAll('{support}', supportPhone);
  };
  return { title: fill(title), cause: fill(cause), remedy: fill(remedy) };
}

/** Leaves out the sentences that hold a placeholder for which nothing is known. */
function withoutSentenceOf(text: string, placeholder: string): string {
  return (text.match(/[^.!?]+[.!?]*\s*/gu) ?? [])
    .filter((sentence) => !sentence.includes(placeholder))
    .join('')
    .trim();
}

/** What a command threw, as a problem. Anything but a problem is one that should not happen. */
export function asProblem(thrown: unknown): ProblemView {
  if (typeof thrown === 'object' && thrown !== null && 'code' in thrown && typeof thrown.code === 'string') {
    const tries = 'tries_left' in thrown && typeof thrown.tries_left === 'number' ? thrown.tries_left : null;
    return { code: thrown.code, tries_left: tries };
  }
  return { code: 'unexpected', tries_left: null };
}
