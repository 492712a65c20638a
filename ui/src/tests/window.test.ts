import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import App from '../App.svelte';
import type { PracticeDouble, Wishes } from '../lib/backend/practice-double';
import { practiceDouble } from '../lib/backend/practice-double';

const FIELDS = ['name', 'organisation', 'cvr', 'employee-id', 'email', 'issuer', 'validity', 'purpose'];
const CONSENTS = ['publication', 'cpr-registration', 'retention-six-years'];
const PASSWORD = 'fire ord på rad';

const at = (id: string): HTMLElement => screen.getByTestId(id);

/** Opens the window on the double and waits for a screen. */
async function open(wishes: Wishes, shown: string): Promise<PracticeDouble> {
  const backend = practiceDouble(wishes);
  render(App, { backend });
  await screen.findByTestId(`screen-${shown}`);
  return backend;
}

async function press(id: string): Promise<void> {
  await fireEvent.click(await screen.findByTestId(id));
}

async function type(id: string, value: string): Promise<void> {
  await fireEvent.input(await screen.findByTestId(id), { target: { value } });
}

/** What the double was asked under this name. */
function requests(backend: PracticeDouble, command: string): unknown[] {
  return backend.calls.filter((call) => call.command === command).map((call) => call.request);
}

beforeEach(() => {
  window.scrollTo = vi.fn();
  Element.prototype.scrollIntoView = vi.fn();
});

afterEach(cleanup);

describe('the journey in the window', () => {
  it('leads from a practice invitation to the certificate', async () => {
    const backend = await open({}, 'welcome');
    await press('use-practice-invitation');
    await waitFor(() => expect(at('code')).toHaveProperty('value', 'QW7E-RT2Y'));
    await press('continue');
    expect(requests(backend, 'openInvitation')).toEqual([{ reference: 'AMPX-7K3M-9QXT', code: 'QW7E-RT2Y' }]);

    await screen.findByTestId('screen-password');
    expect(at('subject-name').textContent).toBe('Øvebruger Eksempel');
    await type('password', PASSWORD);
    await type('password-again', PASSWORD);
    await press('make-key');
    expect(requests(backend, 'enrol')).toEqual([{ password: PASSWORD, code: null }]);

    expect((await screen.findByTestId('revocation-code')).textContent).toBe('K4TM-9XWD-27HP-Q3RA');
    await press('revocation-code-kept');
    expect(requests(backend, 'confirmRevocationCode')).toHaveLength(1);
    await screen.findByTestId('screen-details');

    for (const field of FIELDS) await press(`detail-${field}-correct`);
    await press('continue');
    expect(requests(backend, 'reviewDetails')).toEqual([
      { answers: FIELDS.map((field) => ({ field, correct: true })) },
    ]);

    for (const consent of CONSENTS) await press(`consent-${consent}`);
    await press('accept-terms');
    await press('continue');

    await screen.findByTestId('screen-sign');
    await type('password', PASSWORD);
    await press('sign');
    expect(requests(backend, 'signDeclaration')).toMatchObject([{ consents: CONSENTS, password: PASSWORD }]);

    await screen.findByTestId('screen-receipt');
    await press('go-to-certificate');
    await screen.findByTestId('screen-certificate');
    expect(at('standing').textContent).toBe('Gyldigt');
  });

  it('suspends in two clicks and shows what was read back', async () => {
    const backend = await open({ step: 'active' }, 'certificate');
    await press('suspend');
    expect(requests(backend, 'suspendCertificate')).toEqual([]);
    await press('confirm-suspend');
    expect(requests(backend, 'suspendCertificate')).toHaveLength(1);
    await waitFor(() => expect(at('standing').textContent).toBe('Suspenderet'));
    expect(document.activeElement).toBe(screen.getByRole('heading', { level: 1 }));
    await waitFor(() =>
      expect(at('read-back').dataset).toMatchObject({
        portal: 'suspended',
        ocsp: 'suspended',
        revocationList: 'suspended',
      }),
    );
    expect(requests(backend, 'readBack')).toHaveLength(1);
  });

  it('suspends while another command runs, and keeps what that one answers late from hiding it', async () => {
    const backend = await open({ step: 'active' }, 'certificate');
    const release = backend.hold('refreshState');
    await press('refresh');
    await waitFor(() => expect(at('refresh').getAttribute('aria-disabled')).toBe('true'));
    expect(at('suspend').getAttribute('aria-disabled')).toBeNull();
    await press('suspend');
    await press('confirm-suspend');
    expect(requests(backend, 'suspendCertificate')).toHaveLength(1);
    await waitFor(() => expect(at('standing').textContent).toBe('Suspenderet'));
    backend.fail('wrong-step', 1);
    release();
    await waitFor(() => expect(at('refresh').getAttribute('aria-disabled')).toBeNull());
    expect(at('standing').textContent).toBe('Suspenderet');
    expect(screen.queryByRole('alert')).toBeNull();
  });

  it('suspends while a save dialog is open', async () => {
    const backend = await open({ step: 'active' }, 'certificate');
    const answer = backend.hold('saveDocument');
    await press('save-receipt');
    expect(requests(backend, 'saveDocument')).toHaveLength(1);
    await press('save-receipt');
    expect(requests(backend, 'saveDocument')).toHaveLength(1);
    expect(at('refresh').getAttribute('aria-disabled')).toBeNull();
    await press('suspend');
    await press('confirm-suspend');
    await waitFor(() => expect(at('standing').textContent).toBe('Suspenderet'));
    answer();
    await waitFor(() => expect(at('saved').textContent).toContain('receipt.pdf'));
  });

  it('shows what the portal answers when it is asked', async () => {
    const backend = await open({ step: 'active', language: 'da' }, 'certificate');
    await press('refresh');
    await waitFor(() => expect(at('answered').textContent).toMatch(/^ *Portalen svarede den .+ kl\. .+: i brug *$/u));
    expect(requests(backend, 'refreshState').length).toBeGreaterThan(0);
  });

  it('does not suspend where the question is answered no', async () => {
    const backend = await open({ step: 'active' }, 'certificate');
    await press('suspend');
    await press('confirm-suspend-cancel');
    expect(requests(backend, 'suspendCertificate')).toEqual([]);
  });

  it('says when the portal has not been told of a suspension, whom to call, and tells it again', async () => {
    const backend = await open({ step: 'suspended-untold' }, 'certificate');
    expect(at('portal-not-told').textContent).toContain('70 25 89 25');
    await press('tell-portal');
    expect(requests(backend, 'tellPortal')).toHaveLength(1);
    await screen.findByTestId('read-back');
  });
});

describe('the revocation code', () => {
  it('stays on the screen until the program has heard that it was kept', async () => {
    const backend = await open({ step: 'unregistered' }, 'password');
    await type('password', PASSWORD);
    await press('make-key');
    await screen.findByTestId('revocation-code');
    backend.fail('journal-unavailable', 1);
    await press('revocation-code-kept');
    await screen.findByRole('alert');
    expect(at('revocation-code').textContent).toBe('K4TM-9XWD-27HP-Q3RA');
    await press('revocation-code-kept');
    await screen.findByTestId('screen-details');
  });

  it('is made anew where the program no longer knows of it', async () => {
    const backend = await open({ step: 'unregistered' }, 'password');
    await type('password', PASSWORD);
    await press('make-key');
    await screen.findByTestId('revocation-code');
    backend.fail('wrong-step', 1);
    await press('revocation-code-kept');
    await screen.findByTestId('screen-password');
    expect(screen.getByRole('alert').dataset.code).toBe('wrong-step');
  });
});

describe('beginning anew', () => {
  it.each(['signed', 'reviewed'])(
    'from the signature (%s) says that the certificate is suspended first',
    async (step) => {
      const backend = await open({ step }, step === 'signed' ? 'sign' : 'terms');
      if (step === 'reviewed') {
        for (const consent of CONSENTS) await press(`consent-${consent}`);
        await press('accept-terms');
        await press('continue');
      }
      await press('start-over');
      const question = at('confirm-start-over-dialog').textContent;
      expect(question).toContain('suspenderet hos portalen');
      expect(question).toContain('ny invitation fra din LRA');
      expect(requests(backend, 'startOver')).toEqual([]);
      await press('confirm-start-over');
      expect(requests(backend, 'startOver')).toHaveLength(1);
      await screen.findByTestId('screen-welcome');
    },
  );

  it('is not offered with a certificate that came into use, until it is revoked', async () => {
    await open({ step: 'suspended' }, 'certificate');
    expect(screen.queryByTestId('start-over')).toBeNull();
  });
});

describe('the details', () => {
  it('must each be answered', async () => {
    const backend = await open({ step: 'issued' }, 'details');
    for (const field of FIELDS.slice(1)) await press(`detail-${field}-correct`);
    await press('continue');
    expect(requests(backend, 'reviewDetails')).toEqual([]);
    expect(at('detail-name').getAttribute('aria-invalid')).toBe('true');
    await waitFor(() => expect(document.activeElement).toBe(at('detail-name-correct')));
  });

  it('stop the journey with one wrong, after one question, and show which and whom to call', async () => {
    const backend = await open({ step: 'issued' }, 'details');
    for (const field of FIELDS.slice(1)) await press(`detail-${field}-correct`);
    await press('detail-name-wrong');
    await press('continue');
    expect(requests(backend, 'reviewDetails')).toEqual([]);
    expect(at('confirm-wrong-dialog').textContent).toContain('Øvebruger Eksempel');
    await press('confirm-wrong');
    expect(requests(backend, 'reviewDetails')).toMatchObject([
      { answers: expect.arrayContaining([{ field: 'name', correct: false }]) },
    ]);
    const stopped = await screen.findByTestId('screen-stopped');
    expect(within(stopped).getByTestId('wrong-details').textContent).toContain('Øvebruger Eksempel');
    expect(within(stopped).getByTestId('portal-answer').textContent).toContain('spærret');
    expect(within(stopped).getByTestId('contact-authority').textContent).toContain('70 10 00 00');
  });
});

describe('the terms', () => {
  it('are not accepted with a consent missing', async () => {
    await open({ step: 'reviewed' }, 'terms');
    await press('consent-publication');
    await press('accept-terms');
    await press('continue');
    expect(at('consent-cpr-registration').getAttribute('aria-invalid')).toBe('true');
    expect(at('screen-terms')).toBeTruthy();
  });

  it('stand in full in Danish, and in English with the Danish above it', async () => {
    await open({ step: 'reviewed', language: 'en' }, 'terms');
    const clause = await screen.findByTestId('clause-not-private');
    const [danish, english] = clause.querySelectorAll('.sentence');
    expect([danish?.getAttribute('lang'), english?.getAttribute('lang')]).toEqual(['da', 'en']);
    expect(danish?.textContent).toBe('Certifikatet må ikke anvendes til brugerens private dispositioner.');
    expect(at('terms').querySelectorAll('.terms-sections > li')).toHaveLength(5);
  });

  it('are read again where they changed before the signature', async () => {
    const backend = await open({ step: 'reviewed' }, 'terms');
    for (const consent of CONSENTS) await press(`consent-${consent}`);
    await press('accept-terms');
    await press('continue');
    await type('password', PASSWORD);
    backend.fail('terms-changed', 1);
    await press('sign');
    await screen.findByTestId('screen-terms');
    expect(requests(backend, 'signDeclaration')).toHaveLength(1);
    await waitFor(() => expect(requests(backend, 'readTerms')).toHaveLength(2));
    await waitFor(() => expect(screen.getByRole('alert').dataset.code).toBe('terms-changed'));
    await screen.findByTestId('accept-terms');
    expect(at('accept-terms')).toHaveProperty('checked', false);
  });

  it.each(['declaration-outdated', 'declaration-refused'])(
    'are read again where the portal says %s of the signed declaration',
    async (code) => {
      const backend = await open({ step: 'signed' }, 'sign');
      await type('password', PASSWORD);
      backend.refuse(code);
      await press('deliver');
      await screen.findByTestId('screen-terms');
      await screen.findByTestId('accept-terms');
      expect(screen.getByRole('alert').dataset.code).toBe(code);
    },
  );
});

describe('a password', () => {
  it('that is short, or typed differently, makes no key', async () => {
    const backend = await open({ step: 'invited' }, 'password');
    await type('password', 'kort');
    await type('password-again', 'kort');
    await press('make-key');
    expect((await screen.findByTestId('password-error')).textContent).toContain('mindst 10 tegn');
    await waitFor(() => expect(document.activeElement).toBe(at('password')));
    await type('password', 'aaaaaaaaaaaaaaaa');
    expect(screen.queryByTestId('password-error')).toBeNull();
    await press('make-key');
    expect((await screen.findByTestId('password-error')).textContent).toContain('for let at gætte');
    await type('password', PASSWORD);
    await type('password-again', `${PASSWORD}!`);
    await press('make-key');
    await screen.findByTestId('password-again-error');
    expect(requests(backend, 'enrol')).toEqual([]);
  });

  it('that is being chosen is judged once nothing is typed for a while, in words that belong to the field', async () => {
    const backend = await open({ step: 'invited' }, 'password');
    const words = document.getElementById('password-strength');
    expect(at('password').getAttribute('aria-describedby')?.split(' ')).toContain('password-strength');
    expect(words?.textContent?.trim()).toBe('');
    await type('password', 'fire');
    await type('password', 'fire ord');
    await waitFor(() => expect(words?.textContent).toContain('for kort endnu'));
    expect(requests(backend, 'judgePassword')).toEqual([{ password: 'fire ord' }]);
    expect(screen.queryByTestId('password-error')).toBeNull();
    await type('password', 'fire ord på en lang rad');
    await waitFor(() => expect(words?.textContent).toContain('meget svær at gætte'));
    expect(at('password-strength').dataset).toMatchObject({ accepted: 'true', level: '4' });
    await type('password', '');
    await waitFor(() => expect(words?.textContent?.trim()).toBe(''));
  });

  it('whose answer comes late says nothing of the one that is typed now', async () => {
    const backend = await open({ step: 'invited' }, 'password');
    const release = backend.hold('judgePassword');
    await type('password', 'kort');
    await waitFor(() => expect(requests(backend, 'judgePassword')).toHaveLength(1));
    await type('password', PASSWORD);
    release();
    await waitFor(() => expect(at('password-strength').dataset.accepted).toBe('true'));
    expect(requests(backend, 'judgePassword')).toEqual([{ password: 'kort' }, { password: PASSWORD }]);
  });

  it('is asked for once, with the code, where the program was closed on the way', async () => {
    const backend = await open({ step: 'key-made' }, 'password');
    expect(screen.queryByTestId('password-again')).toBeNull();
    await type('code', 'QW7E-RT2Y');
    await type('password', PASSWORD);
    await press('make-key');
    expect(requests(backend, 'enrol')).toEqual([{ password: PASSWORD, code: 'QW7E-RT2Y' }]);
  });
});

describe('a problem', () => {
  it('is an alert with title, cause and remedy, and the field is marked', async () => {
    await open({ problem: 'code-wrong', triesLeft: 2 }, 'welcome');
    await type('reference', 'AMPX-7K3M-9QXT');
    await type('code', 'AAAA-AAAA');
    await press('continue');
    const alert = await screen.findByRole('alert');
    expect(alert.dataset.code).toBe('code-wrong');
    expect(alert.textContent).toContain('Forsøg tilbage: 2.');
    await waitFor(() => expect(document.activeElement).toBe(at('code')));
    expect(at('code').getAttribute('aria-invalid')).toBe('true');
  });

  it('names who did not answer', async () => {
    const backend = await open({ step: 'signed', silent: ['portal.example', 'ocsp.example:8080'] }, 'sign');
    backend.fail('status-untold');
    await type('password', PASSWORD);
    await press('deliver');
    const alert = await screen.findByRole('alert');
    expect(within(alert).getByTestId('problem-silent').textContent).toBe(
      'Svarede ikke: portal.example, ocsp.example:8080',
    );
    backend.fail('portal-failed');
    await press('deliver');
    await waitFor(() => expect(screen.getByRole('alert').dataset.code).toBe('portal-failed'));
  });

  it('about a PIN is told in words about a PIN, and a PIN is neither chosen nor judged here', async () => {
    const backend = await open({ step: 'invited', keySecret: 'pin' }, 'password');
    expect(screen.queryByTestId('password-again')).toBeNull();
    expect(document.body.textContent).not.toMatch(/adgangskode|nøglering/i);
    await type('password', '2468');
    backend.fail('pin-wrong-last-try', 1);
    await press('make-key');
    const alert = await screen.findByRole('alert');
    expect(alert.textContent).toContain('PIN-koden er forkert');
    expect(at('password').getAttribute('aria-invalid')).toBe('true');
    await waitFor(() => expect(at('password')).toHaveProperty('value', ''));
    expect(requests(backend, 'judgePassword')).toHaveLength(0);
    expect(requests(backend, 'enrol')).toEqual([{ password: '2468', code: null }]);
  });

  it('after which one must wait counts down, and only the start and the end are announced', async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    try {
      const backend = await open({ step: 'signed', waitSeconds: 150 }, 'sign');
      backend.fail('password-wait', 1);
      await type('password', PASSWORD);
      await press('deliver');
      const alert = await screen.findByRole('alert');
      expect(at('problem-wait').textContent?.trim()).toBe('Prøv igen om 3 minutter');
      expect(at('problem-wait').getAttribute('aria-live')).toBe('off');
      expect(at('deliver').textContent).toContain('(om 3 minutter)');
      expect(at('deliver').getAttribute('aria-disabled')).toBeNull();
      const announced = alert.textContent;
      const ended = at('problem-wait').nextElementSibling;
      expect([ended?.getAttribute('role'), ended?.textContent]).toEqual(['status', '']);
      await vi.advanceTimersByTimeAsync(139_000);
      expect(at('problem-wait').textContent).toMatch(/Prøv igen om 1[01] sekunder/u);
      expect([alert.textContent, ended?.textContent]).toEqual([announced, '']);
      await vi.advanceTimersByTimeAsync(12_000);
      expect(ended?.textContent).toBe('Du kan prøve igen nu');
      expect(alert.textContent).toBe(announced);
      expect(at('deliver').textContent?.trim()).toBe('Send erklæringen');
      await press('deliver');
      await screen.findByTestId('screen-receipt');
    } finally {
      vi.useRealTimers();
    }
  });

  it('that comes twice is a new element, so that it is announced twice', async () => {
    await open({ problem: 'portal-unreachable' }, 'welcome');
    await type('reference', 'AMPX-7K3M-9QXT');
    await type('code', 'AAAA-AAAA');
    await press('continue');
    const first = await screen.findByRole('alert');
    await press('continue');
    await waitFor(() => expect(screen.getByRole('alert')).not.toBe(first));
  });

  it('keeps the screen of where the journey has got to', async () => {
    const backend = await open({ step: 'signed' }, 'sign');
    backend.fail('portal-unreachable');
    await type('password', PASSWORD);
    await press('deliver');
    await screen.findByRole('alert');
    expect(at('screen-sign').dataset.step).toBe('signed');
  });
});

describe('the window', () => {
  it('carries the badge in practice only', async () => {
    await open({ practice: false }, 'welcome');
    expect(screen.queryByTestId('badge-practice')).toBeNull();
    expect(screen.queryByTestId('use-practice-invitation')).toBeNull();
  });

  it('changes its language and that of the page', async () => {
    const backend = await open({}, 'welcome');
    expect(document.documentElement.lang).toBe('da');
    await press('language-en');
    await waitFor(() => expect(document.documentElement.lang).toBe('en'));
    expect(screen.getByRole('heading', { level: 1 }).textContent).toBe('Welcome');
    expect(requests(backend, 'chooseLanguage')).toEqual([{ language: 'en' }]);
  });

  it('moves the focus to the heading of a new screen', async () => {
    await open({}, 'welcome');
    await type('reference', 'AMPX-7K3M-9QXT');
    await type('code', 'QW7E-RT2Y');
    await press('continue');
    await screen.findByTestId('screen-password');
    await waitFor(() => expect(document.activeElement).toBe(screen.getByRole('heading', { level: 1 })));
  });

  it('says where the person is', async () => {
    await open({ step: 'issued' }, 'details');
    const current = at('steps').querySelectorAll('[aria-current="step"]');
    expect([...current].map((step) => step.textContent?.trim())).toEqual([expect.stringContaining('Kontrollér')]);
  });
});
