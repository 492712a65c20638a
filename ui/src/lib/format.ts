import type { LanguageView } from './bindings/LanguageView';

const LOCALES: Record<LanguageView, string> = { da: 'da-DK', en: 'en-GB' };
const DAY = 24 * 60 * 60 * 1000;

/** A day in words: `24. november 2029`. */
export function day(rfc3339: string, language: LanguageView): string {
  return new Intl.DateTimeFormat(LOCALES[language], { dateStyle: 'long' }).format(new Date(rfc3339));
}

/** A day in words and the time: `24. november 2029 kl. 14.05`. */
export function moment(rfc3339: string, language: LanguageView): string {
  return new Intl.DateTimeFormat(LOCALES[language], { dateStyle: 'long', timeStyle: 'short' }).format(
    new Date(rfc3339),
  );
}

/** Whole days from `now` until a moment; none once it has passed. */
export function daysUntil(rfc3339: string, now: Date): number {
  return Math.max(0, Math.floor((new Date(rfc3339).getTime() - now.getTime()) / DAY));
}

/** Hexadecimal in groups of four, so that a person can compare it. */
export function grouped(hexadecimal: string): string {
  return hexadecimal.replace(/(.{4})(?=.)/gu, '$1 ');
}
