import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import App from '../App.svelte';
import type { PracticeDouble, Wishes } from '../lib/backend/practice-double';
import { practiceDouble } from '../lib/backend/practice-double';
import { diagnosisOf } from '../lib/backend/practice-samples';
import { shownName } from '../lib/format';
import { supportReport } from '../lib/support';

const at = (id: string): HTMLElement => screen.getByTestId(id);

async function open(wishes: Wishes, shown: string): Promise<PracticeDouble> {
  const backend = practiceDouble(wishes);
  render(App, { backend });
  await screen.findByTestId(`screen-${shown}`);
  return backend;
}

async function press(id: string): Promise<void> {
  await fireEvent.click(await screen.findByTestId(id));
}

/** Drops files on the window, as a file manager does. */
async function drop(...files: File[]): Promise<void> {
  const dataTransfer = { types: ['Files'], files, items: [], dropEffect: 'none' };
  await fireEvent.drop(document.body, { dataTransfer });
}

function file(content = 'PEM', name = 'øvebruger.p12'): File {
  return new File([content], name);
}

function asked(backend: PracticeDouble): unknown[] {
  return backend.calls.filter(({ command }) => command === 'inspectFile').map(({ request }) => request);
}

beforeEach(() => {
  window.scrollTo = vi.fn();
  Element.prototype.scrollIntoView = vi.fn();
});

afterEach(cleanup);

describe('a certificate file', () => {
  it('that is dropped on any screen is shown as a file, with chain, validity and state', async () => {
    const backend = await open({ step: 'issued' }, 'details');
    await drop(file());
    await screen.findByTestId('verdict');
    expect(asked(backend)).toEqual([{ content: 'UEVN', password: null }]);
    expect(at('verdict').dataset.verdict).toBe('valid');
    expect(at('file-name').textContent).toContain('øvebruger.p12');
    expect(at('a-file').textContent).toContain('ikke »Mit certifikat«');
    expect(at('file-who').textContent).toBe('Øvebruger Eksempel');
    expect(within(at('chain')).getAllByRole('listitem')).toHaveLength(3);
    expect(at('chain-trust-anchor').textContent).toContain('I orden');
    expect(at('timeline').dataset.standing).toBeTruthy();
    expect(document.activeElement).toBe(screen.getByRole('heading', { level: 1 }));
  });

  it('can be chosen with the keyboard', async () => {
    const backend = await open({}, 'welcome');
    await press('open-file');
    expect(at('choose-file').tagName).toBe('BUTTON');
    await fireEvent.change(at('file-chooser'), { target: { files: [file()] } });
    await screen.findByTestId('verdict');
    expect(asked(backend)).toHaveLength(1);
  });

  it('says every finding with its meaning and remedy, what weighs most first', async () => {
    await open({ file: 'broken' }, 'welcome');
    await drop(file());
    await screen.findByTestId('findings');
    const findings = within(at('findings')).getAllByRole('heading', { level: 3 });
    expect(findings.map(({ textContent }) => textContent?.split(':')[0])).toEqual([
      'Fejl',
      'Fejl',
      'Fejl',
      'Værd at vide',
    ]);
    expect(at('finding-expired').textContent).toContain('Certifikatguide øvelses-CA');
    expect(at('finding-key-too-weak').textContent).toContain('Bed din LRA om et nyt');
  });

  it('whose issuer is not known shows where the chain stops', async () => {
    await open({ file: 'unproven' }, 'welcome');
    await drop(file());
    expect((await screen.findByTestId('chain-stops')).textContent).toContain('TRUST2408 Systemtest XIX CA');
    expect(at('verdict').dataset.verdict).toBe('indeterminate');
  });

  it('that is locked asks for its password, which does not stay in the page', async () => {
    const backend = await open({ file: 'locked' }, 'welcome');
    await drop(file());
    await fireEvent.input(await screen.findByTestId('file-password'), { target: { value: 'forkert' } });
    await press('open-locked');
    await screen.findByTestId('file-password-error');
    expect(at('file-password')).toHaveProperty('value', '');
    expect(at('file-password').getAttribute('aria-invalid')).toBe('true');
    await waitFor(() => expect(document.activeElement).toBe(at('file-password')));
    await fireEvent.input(at('file-password'), { target: { value: 'åbn' } });
    await press('open-locked');
    await screen.findByTestId('verdict');
    expect(asked(backend)).toMatchObject([{ password: null }, { password: 'forkert' }, { password: 'åbn' }]);
    expect(at('file-key').textContent).toContain('privat nøgle');
    expect(screen.queryByTestId('file-password')).toBeNull();
  });

  it.each([
    ['several', [file(), file()]],
    ['empty', [file('')]],
    ['too-large', [file('x'.repeat(4 * 1024 * 1024 + 1))]],
    ['unreadable', []],
  ])('that is no file to read (%s) is refused without asking the program', async (reason, files) => {
    const backend = await open({}, 'welcome');
    await drop(...files);
    expect((await screen.findByRole('alert')).dataset.reason).toBe(reason);
    expect(asked(backend)).toEqual([]);
  });

  it('that is a folder is refused', async () => {
    const backend = await open({}, 'welcome');
    const items = [{ webkitGetAsEntry: () => ({ isDirectory: true }) }];
    await fireEvent.drop(document.body, { dataTransfer: { types: ['Files'], files: [file()], items } });
    expect((await screen.findByRole('alert')).dataset.reason).toBe('folder');
    expect(asked(backend)).toEqual([]);
  });

  it('never opens in place of the window, and waits for a question on the screen', async () => {
    const backend = await open({ step: 'active' }, 'certificate');
    await press('suspend');
    const dataTransfer = { types: ['Files'], files: [file()], items: [] };
    expect(await fireEvent.drop(document.body, { dataTransfer })).toBe(false);
    expect(asked(backend)).toEqual([]);
    expect(screen.queryByTestId('screen-file')).toBeNull();
  });

  it('has a name that is shown without characters that cannot be seen', () => {
    expect(shownName('a\u202Egnp.\u0000exe\n')).toBe('agnp.exe');
    expect([...shownName('æ'.repeat(500))]).toHaveLength(121);
  });
});

describe('a look aside', () => {
  it('leaves what was answered and the focus as they were', async () => {
    await open({ step: 'issued' }, 'details');
    await press('detail-name-correct');
    at('open-file').focus();
    await press('open-file');
    expect(screen.queryByRole('radio')).toBeNull();
    await press('leave');
    await waitFor(() => expect(document.activeElement).toBe(at('open-file')));
    expect(at('detail-name-correct')).toHaveProperty('checked', true);
    expect(screen.queryByTestId('screen-file')).toBeNull();
  });
});

describe('why one cannot sign', () => {
  it('is told from a problem: what fails first and by its address, then the certificates', async () => {
    const backend = await open({ step: 'signed', doctor: 'several' }, 'sign');
    backend.fail('portal-unreachable', 1);
    await fireEvent.input(at('password'), { target: { value: 'fire ord på rad' } });
    await press('deliver');
    await press('problem-investigate');
    await waitFor(() => expect(at('screen-doctor').dataset.done).toBe('true'));
    expect(at('screen-doctor').dataset.failing).toBe('keychain');
    expect(at('doctor-summary').textContent).toContain('Nøgleringen er låst');
    expect(at('failing-portal').textContent).toContain('https://localhost:8443');
    expect(at('probe-journal').dataset.result).toBe('works');
    expect(at('obstacle-expired').textContent).toContain('Certifikatet er udløbet');
    await press('leave');
    expect(screen.getByRole('alert').dataset.code).toBe('portal-unreachable');
  });

  it('is told where the program could not open', async () => {
    await open({ step: 'closed', doctor: 'portal' }, 'starting');
    await press('problem-investigate');
    await screen.findByTestId('failing-portal');
    expect(at('failing-portal').textContent).toContain('ring til supporten.');
  });

  it('shows what is tried while it runs', async () => {
    const backend = await open({ step: 'active' }, 'certificate');
    const release = backend.hold('diagnose');
    await press('open-doctor');
    await screen.findByTestId('trying-keychain');
    await screen.findByTestId('trying-ocsp');
    expect(screen.queryByTestId('diagnose-again')).toBeNull();
    release();
    expect((await screen.findByTestId('doctor-summary')).textContent).toContain('Alt virker');
  });

  it('can be copied for the support, without who it is', () => {
    const report = supportReport(diagnosisOf('several', true));
    expect(report).toContain('portal (https://localhost:8443): FAILS, portal-unreachable: localhost:8443');
    expect(report).toContain('obstacle: expired');
    expect(report).not.toMatch(/Øvebruger|example\.org|12345678/u);
  });
});

describe('the own certificate', () => {
  it('shows what its issuer said and until when that counts', async () => {
    await open({ step: 'active' }, 'certificate');
    const answer = await screen.findByTestId('status-answer');
    expect(answer.textContent).toMatch(/Udstederen svarede den .+, at det gælder\. Svaret gælder til den /u);
    expect(at('technical')).toHaveProperty('open', false);
    expect(screen.queryByTestId('findings')).toBeNull();
  });

  it.each([
    ['stale', 'der skal spørges igen'],
    ['untold', 'ikke spurgt endnu'],
    ['revoked', 'at det er spærret'],
  ])('says so where the answer is %s', async (certificate, words) => {
    await open({ step: 'active', certificate }, 'certificate');
    expect((await screen.findByTestId('status-answer')).textContent).toContain(words);
  });

  it('is not called valid where something is wrong with it, and says what', async () => {
    await open({ step: 'active', certificate: 'broken' }, 'certificate');
    await waitFor(() => expect(at('standing').textContent).toBe('Ikke i orden'));
    expect(at('finding-signature-invalid')).toBeTruthy();
    expect(at('suspend')).toBeTruthy();
  });

  it('does not say again what its heading says', async () => {
    await open({ step: 'suspended' }, 'certificate');
    await screen.findByTestId('chain');
    expect(screen.queryByTestId('findings')).toBeNull();
  });

  it('changes on the screen when the program finds out by itself', async () => {
    const backend = await open({ step: 'active' }, 'certificate');
    await waitFor(() => expect(at('standing').textContent).toBe('Gyldigt'));
    backend.discover('revoked');
    await waitFor(() => expect(at('standing').textContent).toBe('Spærret'));
  });
});
