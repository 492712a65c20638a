import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import App from '../App.svelte';
import type { PracticeDouble, Wishes } from '../lib/backend/practice-double';
import { practiceDouble } from '../lib/backend/practice-double';
import { useLogOf } from '../lib/backend/practice-samples';
import { WEEKS, byDay, calendar } from '../lib/use-calendar';

const at = (id: string): HTMLElement => screen.getByTestId(id);

async function press(id: string): Promise<void> {
  await fireEvent.click(await screen.findByTestId(id));
}

/** Opens the log from the certificate's screen. */
async function open(wishes: Wishes): Promise<PracticeDouble> {
  const backend = practiceDouble({ step: 'active', ...wishes });
  render(App, { backend });
  await press('open-uses');
  await screen.findByTestId('screen-uses');
  return backend;
}

function asked(backend: PracticeDouble, command: string): number {
  return backend.calls.filter((call) => call.command === command).length;
}

beforeEach(() => {
  window.scrollTo = vi.fn();
  Element.prototype.scrollIntoView = vi.fn();
});

afterEach(cleanup);

describe('the use of the key', () => {
  it('is shown day by day, the latest first, each with what for, where, which document and what came of it', async () => {
    await open({ uses: 'season' });
    const lines = (await screen.findAllByTestId(/^use-\d+$/u)).map(({ dataset }) => dataset.testid);
    expect(lines).toEqual(Array.from({ length: 15 }, (_, index) => `use-${15 - index}`));
    expect(screen.getAllByTestId('uses-of-a-day')).toHaveLength(7);
    const signature = at('use-14').textContent;
    for (const words of [
      'Underskrift på sikkerhedserklæringen',
      'https://localhost:8443',
      '01936c3f-5b1e-7a4c-8d2e-3f4a5b6c7d8e',
      'Certifikatguide 0.1.0',
      'Udført',
    ]) {
      expect(signature).toContain(words);
    }
    expect(at('use-9').textContent).toContain('Afvist');
    expect(at('use-9').textContent).toContain('Adgangskoden er forkert');
    expect(at('use-1').textContent).toContain('tidligere certifikat');
    expect(at('uses-status').textContent).toContain('Ingen linjer er ændret');
    expect(document.activeElement).toBe(screen.getByRole('heading', { level: 1 }));
  });

  it('says in words what the calendar draws', async () => {
    await open({ uses: 'season', language: 'en' });
    expect((await screen.findByTestId('use-summary')).textContent).toBe(
      'The key was used 10 times on 4 days. It was refused 5 times on 3 days.',
    );
    expect(at('use-calendar').querySelector('svg')?.getAttribute('aria-hidden')).toBe('true');
  });

  it.each(['not-me', 'not-me-9'])(
    'leads from "it was not me" (%s) to the question, and on to suspension',
    async (id) => {
      const backend = await open({ uses: 'season' });
      await press(id);
      expect(at('confirm-not-me-dialog')).toHaveProperty('open', true);
      expect(asked(backend, 'suspendCertificate')).toBe(0);
      await press('confirm-not-me');
      await waitFor(() => expect(at('standing').textContent).toBe('Suspenderet'));
      expect(asked(backend, 'suspendCertificate')).toBe(1);
      expect(screen.queryByTestId('screen-uses')).toBeNull();
    },
  );

  it('suspends nothing where the question is answered no', async () => {
    const backend = await open({});
    await press('not-me');
    await press('confirm-not-me-cancel');
    expect(asked(backend, 'suspendCertificate')).toBe(0);
    expect(at('screen-uses')).toBeTruthy();
  });

  it('names whom to call where the certificate is suspended already', async () => {
    await open({ step: 'suspended' });
    await screen.findByTestId('uses-call');
    expect(within(at('screen-uses')).getByTestId('contact-authority').textContent).toContain('70 10 00 00');
    expect(screen.queryByTestId('not-me')).toBeNull();
  });

  it('warns of a log that somebody changed, names the line and says what to do', async () => {
    await open({ uses: 'altered' });
    const alert = await screen.findByRole('alert');
    expect(alert.textContent).toContain('Linje 6 passer ikke: nogen har ændret loggen');
    expect(alert.textContent).toContain('70 25 89 25');
    expect(at('use-6').textContent).toContain('Passer ikke');
    expect(at('uses-status').textContent?.trim()).toBe('');
  });

  it('is saved as a file', async () => {
    const backend = await open({});
    await press('save-uses');
    await waitFor(() => expect(at('uses-saved').textContent).toContain('brug-af-nøglen.jsonl'));
    expect(asked(backend, 'saveUseLog')).toBe(1);
  });

  it('says so where it could not be saved, or not be read', async () => {
    await open({ uses: 'unsaved' });
    await press('save-uses');
    expect((await screen.findByRole('alert')).dataset.code).toBe('document-not-saved');
    expect(at('use-1')).toBeTruthy();
    cleanup();
    await open({ uses: 'failed' });
    expect((await screen.findByRole('alert')).dataset.code).toBe('journal-unavailable');
  });

  it('says plainly that there is none', async () => {
    await open({ uses: 'empty' });
    await screen.findByTestId('uses-empty');
    expect(screen.queryByTestId('use-calendar')).toBeNull();
    expect(screen.queryByTestId('not-me')).toBeNull();
  });

  it('leads back to where one came from', async () => {
    render(App, { backend: practiceDouble({ step: 'active' }) });
    await press('open-doctor');
    await press('doctor-open-uses');
    await screen.findByTestId('screen-uses');
    await press('leave');
    await screen.findByTestId('screen-doctor');
    await press('leave');
    await waitFor(() => expect(screen.queryByTestId('screen-doctor')).toBeNull());
    at('open-uses').focus();
    await press('open-uses');
    await screen.findByTestId('screen-uses');
    await press('leave');
    await waitFor(() => expect(document.activeElement).toBe(at('open-uses')));
  });
});

describe('the calendar', () => {
  it('has whole weeks from Monday, the present day in the last one, and none after it', () => {
    for (const now of ['2026-11-23T08:00:00', '2026-11-29T23:30:00', '2026-03-30T00:30:00']) {
      const weeks = calendar([], new Date(now));
      expect(weeks.map((week) => week.length)).toEqual(Array<number>(WEEKS).fill(7));
      expect(weeks.every(([monday]) => monday?.date.getDay() === 1)).toBe(true);
      const days = weeks.flat();
      expect(new Set(days.map(({ date }) => date.toDateString())).size).toBe(7 * WEEKS);
      expect(weeks.at(-1)?.filter(({ today }) => today)).toHaveLength(1);
      expect(days.filter(({ future, date }) => future !== date > new Date(now))).toEqual([]);
    }
  });

  it('counts uses and refusals of a day apart', () => {
    const now = new Date('2026-11-24T12:00:00Z');
    const { lines } = useLogOf('season', null, now);
    const days = calendar(lines, now).flat();
    const sum = (pick: 'used' | 'refused'): number => days.reduce((total, day) => total + day[pick], 0);
    expect([sum('used'), sum('refused')]).toEqual([10, 5]);
    expect(byDay(lines).flatMap((day) => day.lines)).toEqual(lines);
  });
});
