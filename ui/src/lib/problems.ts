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

/** A problem on the screen. */
export interface ShownProblem extends ProblemView {
  /** Its own, so that the same problem twice is two announcements. */
  number: number;
  /** From when on the next try may be made, by this page's clock in milliseconds; `null` where nothing must wait. */
  until: number | null;
}

/** The shared texts: a code that one language lacks is a type error. */
export const PROBLEMS: Record<LanguageView, Record<ProblemCode, ProblemText>> = { da: daProblems, en: enProblems };

function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(daProblems, code);
}

/** The texts of a problem, its placeholders filled in. An unknown code reads as `unexpected`. */
export function problemText(
  problem: Pick<ProblemView, 'code' | 'tries_left'>,
  language: LanguageView,
  supportPhone: string,
): ProblemText {
  const code: ProblemCode = isProblemCode(problem.code) ? problem.code : 'unexpected';
  const { title, cause, remedy } = PROBLEMS[language][code];
  const fill = (text: string): string => {
    const known = problem.tries_left === null ? withoutSentenceOf(text, '{tries}') : text;
    return withSupport(known.replaceAll('{tries}', String(problem.tries_left)), language, supportPhone);
  };
  return { title: fill(title), cause: fill(cause), remedy: fill(remedy) };
}

const SUPPORT: Record<LanguageView, string> = { da: 'supporten', en: 'the support' };

/** A text with the support's number in it. Before a portal has told the number, the support goes without. */
export function withSupport(text: string, language: LanguageView, supportPhone: string): string {
  if (supportPhone !== '') return text.replaceAll('{support}', supportPhone);
  return text.replace(/ (?:på|on) \{support\}/gu, '').replaceAll('{support}', SUPPORT[language]);
}

/** Leaves out the sentences that hold a placeholder for which nothing is known. */
function withoutSentenceOf(text: string, placeholder: string): string {
  return (text.match(/[^.!?]+[.!?]*\s*/gu) ?? [])
    .filter((sentence) => !sentence.includes(placeholder))
    .join('')
    .trim();
}

/** What a command threw, as a problem to be shown. Anything but a problem is one that should not happen. */
export function asProblem(thrown: unknown, number: number): ShownProblem {
  const said = typeof thrown === 'object' && thrown !== null ? (thrown as Partial<Record<string, unknown>>) : {};
  if (typeof said.code !== 'string') {
    return { code: 'unexpected', tries_left: null, silent: [], wait_seconds: null, number, until: null };
  }
  const wait = typeof said.wait_seconds === 'number' ? said.wait_seconds : null;
  return {
    code: said.code,
    tries_left: typeof said.tries_left === 'number' ? said.tries_left : null,
    silent: Array.isArray(said.silent) ? said.silent.filter((host) => typeof host === 'string') : [],
    wait_seconds: wait,
    number,
    until: wait === null ? null : Date.now() + wait * 1000,
  };
}
