import type { LanguageView } from './bindings/LanguageView';

const LOCALES: Record<LanguageView, string> = { da: 'da-DK', en: 'en-GB' };
const DAY = 24 * 60 * 60 * 1000;
const DAYS_OF_A_MONTH = 365.25 / 12;

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

/** The time of day: `14.05`. */
export function clockTime(rfc3339: string, language: LanguageView): string {
  return new Intl.DateTimeFormat(LOCALES[language], { timeStyle: 'short' }).format(new Date(rfc3339));
}

/** A month's short name: `nov`. */
export function monthName(date: Date, language: LanguageView): string {
  return new Intl.DateTimeFormat(LOCALES[language], { month: 'short' }).format(date).replace('.', '');
}

/** A weekday's short name: `man`. */
export function weekdayName(date: Date, language: LanguageView): string {
  return new Intl.DateTimeFormat(LOCALES[language], { weekday: 'short' }).format(date).replace('.', '');
}

/** Whole days from `now` until a moment; none once it has passed. */
export function daysUntil(rfc3339: string, now: Date): number {
  return Math.max(0, Math.floor((new Date(rfc3339).getTime() - now.getTime()) / DAY));
}

/** How far off a moment is, as one would say it: `om 3 år`, `for 12 dage siden`. */
export function fromNow(rfc3339: string, now: Date, language: LanguageView): string {
  const days = (new Date(rfc3339).getTime() - now.getTime()) / DAY;
  const words = new Intl.RelativeTimeFormat(LOCALES[language], { numeric: 'auto' });
  const months = days / DAYS_OF_A_MONTH;
  if (Math.abs(days) < 60) return words.format(Math.round(days), 'day');
  return Math.abs(months) < 24
    ? words.format(Math.round(months), 'month')
    : words.format(Math.round(months / 12), 'year');
}

/** Hexadecimal in groups of four, so that a person can compare it. */
export function grouped(hexadecimal: string): string {
  return hexadecimal.replace(/(.{4})(?=.)/gu, '$1 ');
}

const LONGEST_NAME = 120;

/**
 * A text that others wrote, as a file's name or who signed, as it may be shown: without characters that cannot be seen
 * or that turn the direction of text.
 */
export function shownName(name: string, longest = LONGEST_NAME): string {
  const characters = [...name.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '')];
  return characters.length > longest ? `${characters.slice(0, longest).join('')}…` : characters.join('');
}
