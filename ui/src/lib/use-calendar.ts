import type { LoggedKeyUseView } from './bindings/LoggedKeyUseView';

/** A day as the overview draws it, in this computer's own time. */
export interface CalendarDay {
  /** Its first moment. */
  date: Date;
  /** How often the key was used. */
  used: number;
  /** How often it was refused. */
  refused: number;
  today: boolean;
  /** True for the days of this week that are still to come. */
  future: boolean;
}

/** The lines of one day, the latest first. */
export interface DayOfUses {
  at: string;
  lines: LoggedKeyUseView[];
}

/** How many weeks the overview shows, the present one last. */
export const WEEKS = 12;

/** The first moment of a day, some days later. */
function dayOf(date: Date, later = 0): Date {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + later);
}

/** The last weeks, each from Monday to Sunday. */
export function calendar(lines: readonly LoggedKeyUseView[], now: Date): CalendarDay[][] {
  const counts = new Map<number, { used: number; refused: number }>();
  for (const { at, refused } of lines) {
    const day = dayOf(new Date(at)).getTime();
    const count = counts.get(day) ?? { used: 0, refused: 0 };
    if (refused === null) count.used += 1;
    else count.refused += 1;
    counts.set(day, count);
  }
  const today = dayOf(now);
  const sinceMonday = (today.getDay() + 6) % 7;
  return Array.from({ length: WEEKS }, (_, week) =>
    Array.from({ length: 7 }, (_, weekday) => {
      const date = dayOf(today, weekday - sinceMonday - 7 * (WEEKS - 1 - week));
      const { used, refused } = counts.get(date.getTime()) ?? { used: 0, refused: 0 };
      return { date, used, refused, today: date.getTime() === today.getTime(), future: date > today };
    }),
  );
}

/** The lines, parted by day, in their order. */
export function byDay(lines: readonly LoggedKeyUseView[]): DayOfUses[] {
  const days: DayOfUses[] = [];
  for (const line of lines) {
    const last = days.at(-1);
    if (last && dayOf(new Date(last.at)).getTime() === dayOf(new Date(line.at)).getTime()) last.lines.push(line);
    else days.push({ at: line.at, lines: [line] });
  }
  return days;
}
