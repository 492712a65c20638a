import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import App from '../App.svelte';
import type { PracticeDouble, Wishes } from '../lib/backend/practice-double';
import { practiceDouble } from '../lib/backend/practice-double';
import { termsOf } from '../lib/backend/practice-terms';
import { comparedPairs } from '../lib/compared-terms';

const CONSENTS = ['publication', 'cpr-registration', 'retention-six-years'];
const PASSWORD = 'fire ord på rad';
const WAITS: Wishes = { step: 'active', waits: 'terms' };

const at = (id: string): HTMLElement => screen.getByTestId(id);

async function open(wishes: Wishes, shown = 'certificate'): Promise<PracticeDouble> {
  const backend = practiceDouble(wishes);
  render(App, { backend });
  await screen.findByTestId(`screen-${shown}`);
  return backend;
}

async function press(id: string): Promise<void> {
  await fireEvent.click(await screen.findByTestId(id));
}

function requests(backend: PracticeDouble, command: string): unknown[] {
  return backend.calls.filter((call) => call.command === command).map((call) => call.request);
}

/** Accepts the terms that are on the screen, and goes on to the signature. */
async function accept(): Promise<void> {
  await screen.findByTestId('screen-terms');
  for (const consent of CONSENTS) await press(`consent-${consent}`);
  await press('accept-terms');
  await press('continue');
  await screen.findByTestId('screen-sign');
}

async function sign(): Promise<void> {
  await fireEvent.input(await screen.findByTestId('password'), { target: { value: PASSWORD } });
  await press('sign');
}

/** From the certificate to the signature of the new terms. */
async function comeToSignature(): Promise<void> {
  await press('open-new-terms');
  await screen.findAllByTestId('changed-text');
  await press('continue');
  await accept();
}

beforeEach(() => {
  window.scrollTo = vi.fn();
  Element.prototype.scrollIntoView = vi.fn();
});

afterEach(cleanup);

describe('terms that have changed while the certificate is in use', () => {
  it('lead over what has changed, the terms and the signature to a receipt, and are then asked for no more', async () => {
    const backend = await open(WAITS);
    expect(at('standing').textContent).toBe('Gyldigt');
    await comeToSignature();
    expect(screen.queryByTestId('start-over')).toBeNull();
    await sign();
    await screen.findByTestId('screen-receipt');
    expect(requests(backend, 'signDeclaration')).toEqual([
      { terms_sha256: termsOf(true).sha256, consents: CONSENTS, password: PASSWORD },
    ]);
    await press('go-to-certificate');
    await screen.findByTestId('screen-certificate');
    expect(screen.queryByTestId('terms-changed')).toBeNull();
  });

  it('are not asked about where they have not changed', async () => {
    await open({ step: 'active' });
    expect(screen.queryByTestId('terms-changed')).toBeNull();
  });

  it('wait until the details of the certificate are checked', async () => {
    await open({ step: 'active', waits: 'details,terms' });
    expect(at('terms-changed').textContent).toContain('Kontrollér først oplysningerne');
    expect(screen.queryByTestId('open-new-terms')).toBeNull();
  });

  it('give way to the details where those are found to need a check meanwhile', async () => {
    const backend = await open(WAITS);
    await press('open-new-terms');
    await screen.findByTestId('comparison');
    const before = await backend.readGuide();
    backend.readGuide = () => {
      if (before.journey) before.journey.details_to_check = true;
      return Promise.resolve(before);
    };
    backend.fail('wrong-step', 1);
    await press('continue');
    await accept();
    await sign();
    await screen.findByTestId('screen-certificate');
    expect(screen.queryByTestId('open-new-terms')).toBeNull();
    await press('check-details');
    await screen.findByTestId('screen-details');
  });

  it('go straight to the terms, and say why, where the earlier version is not known here', async () => {
    await open({ ...WAITS, changes: false });
    await press('open-new-terms');
    await screen.findByTestId('screen-terms');
    expect(at('no-comparison').textContent).toContain('findes ikke på denne computer');
    expect(screen.queryByTestId('changes')).toBeNull();
  });

  it.each(['comparison', 'terms', 'sign'])(
    'can be left from the screen before (%s), and are read anew',
    async (from) => {
      const backend = await open(WAITS);
      await press('open-new-terms');
      await screen.findByTestId('comparison');
      if (from !== 'comparison') await press('continue');
      if (from === 'terms') await screen.findByTestId('screen-terms');
      if (from === 'sign') await accept();
      await press('leave-task');
      await screen.findByTestId('screen-certificate');
      await press('open-new-terms');
      await screen.findByTestId('screen-new-terms');
      await screen.findByTestId('comparison');
      expect(requests(backend, 'readTerms')).toHaveLength(2);
      expect(requests(backend, 'signDeclaration')).toEqual([]);
    },
  );

  it('that change once more before the signature are compared again', async () => {
    const backend = await open(WAITS);
    await comeToSignature();
    backend.fail('terms-changed', 1);
    await sign();
    await screen.findByTestId('screen-new-terms');
    expect((await screen.findByTestId('problem')).dataset.code).toBe('terms-changed');
    await screen.findByTestId('comparison');
    expect(requests(backend, 'readTerms')).toHaveLength(2);
  });

  it('with a wrong password stay at the signature, and lead back to the certificate and to no receipt', async () => {
    const backend = await open(WAITS);
    await comeToSignature();
    backend.fail('password-wrong', 1);
    await sign();
    expect((await screen.findByTestId('problem')).dataset.code).toBe('password-wrong');
    expect(at('screen-sign').dataset.step).toBe('active');
    await press('leave-task');
    await screen.findByTestId('screen-certificate');
    expect(screen.queryByTestId('screen-receipt')).toBeNull();
    expect(at('open-new-terms')).toBeTruthy();
  });

  it('whose declaration is signed and not delivered is sent again without a second signature', async () => {
    const backend = await open(WAITS);
    await comeToSignature();
    const release = backend.hold('signDeclaration');
    await sign();
    backend.fail('portal-unreachable', 1);
    backend.discover('signed');
    release();
    await waitFor(() => expect(at('screen-sign').dataset.step).toBe('signed'));
    expect(at('station-delivered').dataset.done).toBe('false');
    await fireEvent.input(at('password'), { target: { value: PASSWORD } });
    await press('deliver');
    await screen.findByTestId('screen-receipt');
    expect(requests(backend, 'signDeclaration')).toHaveLength(1);
  });
});

describe('the two versions side by side', () => {
  it('show only what has changed, until the whole text is asked for', async () => {
    await open(WAITS);
    await press('open-new-terms');
    const changed = await screen.findAllByTestId('changed-text');
    expect(changed.map(({ dataset }) => dataset.kind)).toEqual(['new', 'changed', 'gone', 'changed']);
    expect(at('changed-number').textContent).toBe('4 steder er ændret.');
    expect(screen.queryAllByTestId('unchanged-text')).toEqual([]);
    await press('show-all-texts');
    const terms = termsOf(true);
    expect(screen.getAllByTestId('unchanged-text')).toHaveLength(terms.changed_da.length - 4);
    expect(at('comparison').textContent).toContain(terms.da.preamble);
    await press('show-all-texts');
    expect(screen.queryAllByTestId('unchanged-text')).toEqual([]);
  });

  it('mark what is removed and what is added, also for those who do not see it', async () => {
    await open(WAITS);
    await press('open-new-terms');
    const [added, altered, gone] = await screen.findAllByTestId('changed-text');
    if (!added || !altered || !gone) throw new Error('three texts');
    expect(altered.querySelector('del')?.textContent).toBe('[fjernet: Inden 24 timer – slut på fjernet] ');
    expect(altered.querySelector('ins')?.textContent).toBe('[tilføjet: Straks – slut på tilføjet] ');
    expect(altered.querySelector('ins .sr-only')?.textContent).toBe('[tilføjet: ');
    expect(within(altered).getByText('Før')).toBeTruthy();
    expect(within(altered).getByText('Nu')).toBeTruthy();
    expect(added.querySelector('del')).toBeNull();
    expect(added.textContent).toContain('Det stod der ikke.');
    expect(gone.querySelector('h2')?.textContent).toContain('Tidligere punkt 4.5');
    expect(gone.textContent).toContain('Det står der ikke mere.');
  });

  it('stand in Danish with the English below it in English', async () => {
    await open({ ...WAITS, language: 'en' });
    await press('open-new-terms');
    const [, altered] = await screen.findAllByTestId('changed-text');
    const marked = [...(altered?.querySelectorAll('ins') ?? [])];
    expect(marked.map((words) => words.closest('[lang="en"], [lang="da"]')?.getAttribute('lang'))).toEqual([
      'da',
      'en',
    ]);
    expect(marked[1]?.textContent).toContain('at once');
  });

  it('are offered with the terms of an ordinary journey, where there is an earlier declaration', async () => {
    await open({ step: 'reviewed', changes: true }, 'terms');
    expect(within(await screen.findByTestId('changes')).getAllByTestId('changed-text')).toHaveLength(4);
    expect(screen.queryByTestId('leave-task')).toBeNull();
    cleanup();
    await open({ step: 'reviewed' }, 'terms');
    await screen.findByTestId('terms');
    expect(screen.queryByTestId('changes')).toBeNull();
    expect(screen.queryByTestId('no-comparison')).toBeNull();
  });

  it('keep a text that is gone apart from the one that has its number now', () => {
    const text = (words: string, changed: boolean) => [{ text: words, changed }];
    const version = (gone: string, kept: string) => [
      { place: 'clause' as const, number: '1.1', before: text(gone, true), after: [], changed: true },
      { place: 'clause' as const, number: '1.1', before: text(kept, false), after: text(kept, false), changed: false },
    ];
    const terms = { ...termsOf(true), changed_da: version('væk', 'her'), changed_en: version('gone', 'here') };
    const pairs = comparedPairs(terms, true);
    expect(pairs.map(({ kind, english }) => [kind, english?.before[0]?.text])).toEqual([
      ['gone', 'gone'],
      ['unchanged', 'here'],
    ]);
    expect(comparedPairs(terms, false).every(({ english }) => english === undefined)).toBe(true);
  });

  it('count a text as changed where only its translation has', () => {
    const same = [{ text: 'ens', changed: false }];
    const closing = { place: 'closing' as const, number: null, before: same, after: same, changed: false };
    const english = { ...closing, before: [{ text: 'same', changed: true }], changed: true };
    const terms = { ...termsOf(true), changed_da: [closing], changed_en: [english] };
    expect(comparedPairs(terms, true)[0]?.kind).toBe('changed');
    expect(comparedPairs(terms, false)[0]?.kind).toBe('unchanged');
  });
});

describe('how long the declaration can be verified', () => {
  it.each([
    ['signed', 'Underskrevet. Tidspunktet er ikke bevist endnu; det sker af sig selv.', null],
    ['time-stamped', 'Tidspunktet er bevist (tidsstempel): 24. november 2026', null],
    [
      'long-term',
      'Kan efterprøves om mange år (B-LT): alt, hvad der skal bruges, ligger i dokumentet.',
      '24. november',
    ],
  ] as const)('is said in plain words with the certificate (%s)', async (level, words, more) => {
    await open({ step: 'active', level });
    expect(at('declaration-level').dataset.level).toBe(level);
    expect(at('declaration-level').textContent).toContain(words);
    if (more) expect(at('declaration-level').textContent).toContain(more);
  });

  it('is said in English, too', async () => {
    await open({ step: 'active', level: 'signed', language: 'en' });
    expect(at('declaration-level').textContent).toContain('The time is not proven yet; that happens by itself.');
  });

  it('is said with the receipt', async () => {
    await open({ step: 'signed', level: 'time-stamped' }, 'sign');
    await fireEvent.input(at('password'), { target: { value: PASSWORD } });
    await press('deliver');
    await screen.findByTestId('screen-receipt');
    expect(at('declaration-level').dataset.level).toBe('time-stamped');
  });

  it('is not said of a declaration that is on another computer', async () => {
    await open({ step: 'active', elsewhere: true });
    expect(screen.queryByTestId('declaration-level')).toBeNull();
  });
});

describe('the way of the declaration', () => {
  const done = (): (string | undefined)[] =>
    ['signed', 'time-stamped', 'delivered', 'receipted'].map((name) => at(`station-${name}`).dataset.done);
  const current = (): (string | undefined)[] =>
    [...at('delivery-track').querySelectorAll<HTMLElement>('[aria-current="step"]')].map(
      ({ dataset }) => dataset.testid,
    );

  it('shows what is reached and what it waits for first, in words', async () => {
    await open({ step: 'signed' }, 'sign');
    expect(done()).toEqual(['true', 'false', 'false', 'false']);
    expect(current()).toEqual(['station-time-stamped']);
    expect(at('station-signed').textContent).toContain('(nået)');
    expect(at('station-delivered').textContent).toContain('(ikke endnu)');
  });

  it('shows a delivered declaration without a time-stamp as it is', async () => {
    await open({ step: 'active', level: 'signed' });
    expect(done()).toEqual(['true', 'false', 'true', 'true']);
    expect(current()).toEqual(['station-time-stamped']);
  });

  it('ends at the receipt', async () => {
    await open({ step: 'active' });
    expect(done()).toEqual(['true', 'true', 'true', 'true']);
    expect(current()).toEqual(['station-receipted']);
  });
});
