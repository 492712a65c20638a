import { describe, expect, it } from 'vitest';
import { fromNow } from '../lib/format';

describe('how far off a moment is', () => {
  const now = new Date('2026-11-24T12:00:00Z');

  it.each([
    ['2029-11-24T12:00:00Z', 'om 3 år', 'in 3 years'],
    ['2027-05-24T12:00:00Z', 'om 6 måneder', 'in 6 months'],
    ['2026-12-06T12:00:00Z', 'om 12 dage', 'in 12 days'],
    ['2025-03-01T12:00:00Z', 'for 21 måneder siden', '21 months ago'],
  ])('is said as one would (%s)', (moment, danish, english) => {
    expect(fromNow(moment, now, 'da')).toBe(danish);
    expect(fromNow(moment, now, 'en')).toBe(english);
  });
});
