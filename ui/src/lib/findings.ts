import daFindings from '$findings/da.json';
import enFindings from '$findings/en.json';
import type { FindingView } from './bindings/FindingView';
import type { LanguageView } from './bindings/LanguageView';
import { withSupport } from './problems';

/** What a person reads about a finding. */
export interface FindingText {
  title: string;
  meaning: string;
  remedy: string;
}

interface FindingTexts {
  findings: Record<keyof typeof daFindings.findings, { title: string; meaning: string }>;
  remedies: Record<keyof typeof daFindings.remedies, string>;
}

/** The shared texts: a code that one language lacks is a type error. */
export const FINDINGS: Record<LanguageView, FindingTexts> = { da: daFindings, en: enFindings };

function isFinding(code: string): code is keyof typeof daFindings.findings {
  return Object.hasOwn(daFindings.findings, code);
}

function isRemedy(code: string): code is keyof typeof daFindings.remedies {
  return Object.hasOwn(daFindings.remedies, code);
}

/** The texts of a finding. A code that is not known reads as what cannot be read. */
export function findingText(
  { code, remedy }: Pick<FindingView, 'code' | 'remedy'>,
  language: LanguageView,
  supportPhone: string,
): FindingText {
  const texts = FINDINGS[language];
  const { title, meaning } = texts.findings[isFinding(code) ? code : 'malformed'];
  const wayOn = texts.remedies[isRemedy(remedy) ? remedy : 'ask-for-new-certificate'];
  return { title, meaning, remedy: withSupport(wayOn, language, supportPhone) };
}

/** What is said elsewhere on a screen that shows findings. */
export interface Said {
  /** The finding about the certificate itself that the screen's own heading is about. */
  heading?: string | undefined;
  /** True where everything on the screen is practice, and is called so. */
  practice?: boolean;
}

/** The findings without what the screen says already, such as that nobody was asked for the status. */
export function notSaidYet(findings: readonly FindingView[], { heading, practice = false }: Said = {}): FindingView[] {
  return findings.filter(({ code, severity, place }) => {
    if (severity === 'warning') return code !== 'status-unknown' && !(practice && code === 'test-certificate');
    return place !== 0 || code !== heading;
  });
}
