import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import App from '../App.svelte';
import type { PracticeDouble, Wishes } from '../lib/backend/practice-double';
import { practiceDouble } from '../lib/backend/practice-double';

const PASSWORD = 'fire ord på rad';
const ANOTHER = 'fem andre ord på en rad';
const FIELDS = ['name', 'organisation', 'cvr', 'employee-id', 'email', 'issuer', 'validity', 'purpose'];

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

async function type(id: string, value: string): Promise<void> {
  await fireEvent.input(await screen.findByTestId(id), { target: { value } });
}

function requests(backend: PracticeDouble, command: string): unknown[] {
  return backend.calls.filter((call) => call.command === command).map((call) => call.request);
}

beforeEach(() => {
  window.scrollTo = vi.fn();
  Element.prototype.scrollIntoView = vi.fn();
});

afterEach(cleanup);

describe('a second computer', () => {
  it.each(['keep', 'supersede'])('is asked what happens to the first (%s), with no answer chosen', async (answer) => {
    const backend = await open({ step: 'invited', earlier: 2 }, 'earlier');
    expect(at('earlier').textContent).toContain('kontor-pc-17');
    expect(at('earlier').textContent).toContain('2. marts 2028');
    expect(at('earlier').textContent).toContain('suspenderet');
    for (const choice of ['keep', 'supersede']) {
      expect(at(`on-earlier-${choice}`)).toHaveProperty('checked', false);
    }
    await press('decide-on-earlier');
    await screen.findByTestId('on-earlier-error');
    expect(requests(backend, 'decideOnEarlier')).toEqual([]);
    await press(`on-earlier-${answer}`);
    await press('decide-on-earlier');
    expect(requests(backend, 'decideOnEarlier')).toEqual([{ on_earlier: answer }]);
    await screen.findByTestId('screen-password');
  });
});

describe('renewal', () => {
  it('is offered in time, gives a new revocation code, and has the details checked again', async () => {
    const backend = await open({ step: 'active', daysLeft: 14 });
    expect(at('reminder').dataset.daysLeft).toBe('14');
    await press('renew');
    await press('confirm-renew');
    await screen.findByTestId('renew-password-error');
    await type('renew-password', PASSWORD);
    await press('confirm-renew');
    expect(requests(backend, 'renewCertificate')).toEqual([{ password: PASSWORD }]);
    expect((await screen.findByTestId('revocation-code')).textContent).toBe('H7PD-3KXW-94MC-TQ2A');
    await press('revocation-code-kept');
    await screen.findByTestId('screen-certificate');
    expect(screen.queryByTestId('code-to-keep')).toBeNull();
    await press('check-details');
    await screen.findByTestId('screen-details');
    for (const field of FIELDS) await press(`detail-${field}-correct`);
    await press('continue');
    await screen.findByTestId('screen-certificate');
    expect(screen.queryByTestId('check-details')).toBeNull();
  });

  it('keeps the new revocation code on the screen until the program has heard that it was kept', async () => {
    const backend = await open({ step: 'active', daysLeft: 14 });
    await press('renew');
    await type('renew-password', PASSWORD);
    await press('confirm-renew');
    await screen.findByTestId('revocation-code');
    backend.fail('journal-unavailable', 1);
    await press('revocation-code-kept');
    await screen.findByRole('alert');
    expect(at('revocation-code').textContent).toBe('H7PD-3KXW-94MC-TQ2A');
  });

  it('that was interrupted says that the old certificate is still good', async () => {
    await open({ step: 'active', waits: 'renewal' });
    expect(at('renewal-due').dataset.begun).toBe('true');
    expect(at('renewal-due').textContent).toContain('gælder stadig');
  });

  it('gives a new code where the one before was not kept', async () => {
    const backend = await open({ step: 'active', waits: 'code' });
    await press('new-code');
    await type('new-code-password', PASSWORD);
    await press('confirm-new-code');
    expect(requests(backend, 'renewRevocationCode')).toEqual([{ password: PASSWORD }]);
    await press('revocation-code-kept');
    await screen.findByTestId('screen-certificate');
    expect(screen.queryByTestId('code-to-keep')).toBeNull();
  });

  it('is put off, and not silenced', async () => {
    const backend = await open({ step: 'active', daysLeft: 7 });
    await press('snooze-reminder');
    await waitFor(() => expect(screen.queryByTestId('reminder')).toBeNull());
    expect(requests(backend, 'snoozeReminder')).toHaveLength(1);
    expect(at('renew')).toBeTruthy();
  });

  it('too late leads to the local registration authority', async () => {
    await open({ step: 'active', daysLeft: -3 });
    expect(at('standing').textContent).toBe('Udløbet');
    expect(screen.queryByTestId('renew')).toBeNull();
    expect(at('contact-authority').textContent).toContain('70 10 00 00');
    expect(at('start-over')).toBeTruthy();
  });

  it('asks for the password also while the key is open, since the next key opens with it', async () => {
    const openUntil = new Date(Date.now() + 60_000).toISOString();
    const backend = await open({ step: 'active', daysLeft: 14, openUntil });
    await press('renew');
    await screen.findByTestId('renew-password');
    expect(screen.queryByTestId('key-open')).toBeNull();
    await press('confirm-renew');
    expect(requests(backend, 'renewCertificate')).toEqual([]);
  });

  it('asks for the password again once the key has closed', async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    try {
      await open({ step: 'signed', openUntil: new Date(Date.now() + 60_000).toISOString() }, 'sign');
      await screen.findByTestId('key-open');
      await vi.advanceTimersByTimeAsync(61_000);
      await screen.findByTestId('password');
      expect(screen.queryByTestId('key-open')).toBeNull();
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('the password', () => {
  it('is changed with the old one and a new one that is judged', async () => {
    const backend = await open({ step: 'active' });
    await press('change-password');
    await press('confirm-change-password');
    await screen.findByTestId('old-password-error');
    await type('old-password', PASSWORD);
    await type('new-password', PASSWORD);
    await type('new-password-again', PASSWORD);
    await press('confirm-change-password');
    await waitFor(() => expect(at('new-password-error').textContent).toContain('den samme'));
    await type('new-password', 'kort');
    await type('new-password-again', 'kort');
    await press('confirm-change-password');
    await waitFor(() => expect(at('new-password-error').textContent).toContain('mindst 10 tegn'));
    expect(requests(backend, 'changePassword')).toEqual([]);
    await type('new-password', ANOTHER);
    await type('new-password-again', ANOTHER);
    await press('confirm-change-password');
    await screen.findByTestId('screen-certificate');
    expect(requests(backend, 'changePassword')).toEqual([{ old: PASSWORD, new: ANOTHER }]);
    expect(at('password-changed').textContent).toContain('er skiftet');
  });

  it('is not changed here where the key opens with a PIN, and the key is not copied', async () => {
    await open({ step: 'active', keySecret: 'pin', exportAllowed: true });
    expect(screen.queryByTestId('change-password')).toBeNull();
    expect(screen.queryByTestId('export')).toBeNull();
  });
});

describe('a copy of the key', () => {
  it('is offered only where the policy allows it', async () => {
    await open({ step: 'active' });
    expect(screen.queryByTestId('export')).toBeNull();
  });

  it('has a password of its own', async () => {
    const backend = await open({ step: 'active', exportAllowed: true });
    await press('export');
    await type('export-password', PASSWORD);
    await type('container-password', PASSWORD);
    await type('container-password-again', PASSWORD);
    await press('confirm-export');
    await waitFor(() => expect(at('container-password-error').textContent).toContain('en anden end din egen'));
    await type('container-password', ANOTHER);
    await type('container-password-again', ANOTHER);
    await press('confirm-export');
    await waitFor(() => expect(at('exported').textContent).toContain('øvebruger-eksempel.p12'));
    expect(requests(backend, 'exportCertificate')).toEqual([{ password: PASSWORD, container_password: ANOTHER }]);
  });
});

describe('a certificate from a file', () => {
  it('is chosen among several, gets a new password, and the file is to be deleted', async () => {
    const backend = await open({ container: 'several' }, 'welcome');
    await press('import');
    await press('choose-container');
    expect((await screen.findByTestId('container-name')).textContent).toContain('medarbejder.p12');
    await type('container-password', 'filens kode');
    await press('read-container');
    expect(requests(backend, 'readContainer')).toEqual([{ container_password: 'filens kode' }]);
    const expired = await screen.findByTestId('import-certificate-41aa07-card');
    expect(expired.dataset.verdict).toBe('invalid');
    expect(expired.textContent).toContain('udløbet');
    await type('import-password', PASSWORD);
    await type('import-password-again', PASSWORD);
    await press('confirm-import');
    await waitFor(() => expect(at('import-certificates').getAttribute('aria-invalid')).toBe('true'));
    await press('import-certificate-7b2209');
    await press('confirm-import');
    expect(requests(backend, 'importCertificate')).toEqual([
      { container_password: 'filens kode', serial_number: '7b2209', password: PASSWORD },
    ]);
    await press('revocation-code-kept');
    expect((await screen.findByTestId('screen-container-left')).textContent).toContain('medarbejder.p12');
    await press('delete-container');
    await screen.findByTestId('screen-details');
    expect(requests(backend, 'deleteContainer')).toHaveLength(1);
  });

  it('that is the only one is chosen already, and the file may be kept', async () => {
    const backend = await open({}, 'welcome');
    await press('import');
    await press('choose-container');
    await type('container-password', 'filens kode');
    await press('read-container');
    await waitFor(() => expect(at('import-certificate-6f1c0a9b')).toHaveProperty('checked', true));
    await type('import-password', PASSWORD);
    await type('import-password-again', PASSWORD);
    await press('confirm-import');
    expect(requests(backend, 'importCertificate')).toMatchObject([{ serial_number: null }]);
    await press('revocation-code-kept');
    await press('keep-container');
    await screen.findByTestId('screen-details');
    expect(requests(backend, 'deleteContainer')).toEqual([]);
    expect(requests(backend, 'forgetContainer')).toHaveLength(1);
  });

  it('that was signed for on another computer has its documents there', async () => {
    await open({ step: 'active', elsewhere: true });
    expect(at('documents-elsewhere').textContent).toContain('en anden computer');
    expect(screen.queryByTestId('open-receipt')).toBeNull();
  });

  it('whose password is wrong is asked for again', async () => {
    const backend = await open({}, 'welcome');
    await press('import');
    await press('choose-container');
    await type('container-password', 'en forkert');
    backend.fail('container-password-wrong', 1);
    await press('read-container');
    expect((await screen.findByRole('alert')).dataset.code).toBe('container-password-wrong');
    await waitFor(() => expect(document.activeElement).toBe(at('container-password')));
    expect(at('container-password')).toHaveProperty('value', '');
  });

  it('is not taken where none was chosen, and is forgotten where one goes back', async () => {
    const backend = await open({ container: 'none-chosen' }, 'welcome');
    await press('import');
    await press('choose-container');
    expect(screen.queryByTestId('container-name')).toBeNull();
    await press('leave-task');
    await screen.findByTestId('screen-welcome');
    expect(requests(backend, 'forgetContainer')).toHaveLength(1);
  });
});

describe('the log of uses', () => {
  it('that has lost its end says which line is missing and what to do', async () => {
    await open({ step: 'active', uses: 'cut-off' });
    await press('open-uses');
    const alert = await screen.findByTestId('log-cut-off');
    expect(alert.textContent).toContain('Linje 14 mangler');
    expect(alert.textContent).toContain('70 25 89 25');
    expect(at('uses-status').textContent?.trim()).toBe('');
  });
});
