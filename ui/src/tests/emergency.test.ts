import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import App from '../App.svelte';
import type { PracticeDouble, Wishes } from '../lib/backend/practice-double';
import { practiceDouble } from '../lib/backend/practice-double';

const PASSWORD = 'fire ord på rad';
const STRANGE = '01936c50-0000-7000-8000-000000000006';

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

describe('suspension from anywhere', () => {
  it.each([
    ['issued', 'details'],
    ['reviewed', 'terms'],
    ['signed', 'sign'],
    ['active', 'certificate'],
  ])('takes two clicks in step %s', async (step, shown) => {
    const backend = await open({ step }, shown);
    await press('header-suspend');
    await press('confirm-suspend');
    expect(requests(backend, 'suspendCertificate')).toHaveLength(1);
    await waitFor(() => expect(at('standing').textContent).toBe('Suspenderet'));
    expect(screen.queryByTestId('header-suspend')).toBeNull();
  });

  it('takes two clicks while one looks aside, or has set out to do something else', async () => {
    const backend = await open({ step: 'active' });
    await press('revoke');
    await press('open-doctor');
    await screen.findByTestId('screen-doctor');
    await press('header-suspend');
    await press('confirm-suspend');
    await waitFor(() => expect(at('standing').textContent).toBe('Suspenderet'));
    expect(screen.queryByTestId('screen-doctor')).toBeNull();
    expect(requests(backend, 'suspendCertificate')).toHaveLength(1);
  });

  it.each([
    ['invited', 'password'],
    ['suspended', 'certificate'],
    ['revoked', 'certificate'],
    ['stopped', 'stopped'],
  ])('is not offered in step %s', async (step, shown) => {
    await open({ step }, shown);
    expect(screen.queryByTestId('header-suspend')).toBeNull();
  });

  it('is an alarm where the certificate is revoked, since somebody may have renewed it', async () => {
    const backend = await open({ step: 'revoked' });
    await press('raise-alarm');
    expect(at('confirm-suspend-dialog').textContent).toContain('Slå alarm nu?');
    await press('confirm-suspend');
    await waitFor(() => expect(at('alarm-told').textContent).toContain('Portalen har fået din alarm'));
    expect(requests(backend, 'suspendCertificate')).toHaveLength(1);
    expect(screen.queryByTestId('raise-alarm')).toBeNull();
    expect(at('standing').textContent).toBe('Spærret');
  });

  it('says where the portal does not suspend, and leads to revocation instead', async () => {
    const backend = await open({ step: 'active', suspensionOffered: false });
    await press('header-suspend');
    const question = at('confirm-suspend-dialog').textContent;
    expect(question).toContain('kan ikke suspendere');
    expect(question).toContain('låses straks på denne computer');
    await press('revoke-instead');
    await screen.findByTestId('screen-revoke');
    expect(at('revoke-reason-key-compromise')).toHaveProperty('checked', true);
    expect(requests(backend, 'suspendCertificate')).toEqual([]);
  });
});

describe('what is read back', () => {
  it('is said three ways, and where one does not answer that is said', async () => {
    await open({ step: 'suspended', readBack: 'partly' });
    await screen.findByTestId('read-back');
    expect(at('read-back').dataset).toMatchObject({
      portal: 'suspended',
      ocsp: 'suspended',
      revocationList: 'silent',
    });
    expect(at('read-back-list').textContent).toContain('svarer ikke');
  });

  it('is read again once the portal has been told', async () => {
    const backend = await open({ step: 'suspended-untold' });
    await waitFor(() => expect(at('read-back').dataset.portal).toBe('silent'));
    expect(at('portal-not-told').textContent).toContain('70 25 89 25');
    expect(at('contact-support').textContent).toContain('70 25 89 25');
    expect(at('contact-authority').textContent).toContain('70 10 00 00');
    await press('tell-portal');
    await waitFor(() => expect(at('read-back').dataset.portal).toBe('suspended'));
    expect(requests(backend, 'readBack').length).toBe(2);
  });

  it('is not read of a certificate in use', async () => {
    const backend = await open({ step: 'active' });
    expect(requests(backend, 'readBack')).toEqual([]);
  });
});

describe('suspension without the key', () => {
  it.each([
    ['before there is a journey', null, 'welcome'],
    ['where the program could not start', 'closed', 'starting'],
  ])('works %s', async (_, step, shown) => {
    const backend = await open({ step }, shown);
    await press('open-by-code');
    await screen.findByTestId('screen-by-code');
    await type('by-code-reference', 'AMPX-7K3M-9QXT');
    await type('by-code-code', 'K4TM-9XWD-27HP-Q3RA');
    await press('by-code-suspend');
    expect((await screen.findByTestId('by-code-result')).dataset.state).toBe('suspended');
    await waitFor(() => expect(document.activeElement).toBe(at('by-code-result')));
    expect(requests(backend, 'actByCode')).toEqual([
      { reference: 'AMPX-7K3M-9QXT', code: 'K4TM-9XWD-27HP-Q3RA', revoke: null },
    ]);
  });

  it('asks for what is missing', async () => {
    const backend = await open({}, 'welcome');
    await press('welcome-by-code');
    await press('by-code-suspend');
    await screen.findByTestId('by-code-reference-error');
    await waitFor(() => expect(document.activeElement).toBe(at('by-code-reference')));
    expect(at('by-code-code-error').textContent).toContain('spærrekoden');
    expect(requests(backend, 'actByCode')).toEqual([]);
  });

  it('revokes with a reason, which nobody has chosen beforehand', async () => {
    const backend = await open({ step: 'active' });
    await press('certificate-by-code');
    expect(at('by-code-reference')).toHaveProperty('value', 'AMPX-7K3M-9QXT');
    await type('by-code-code', 'K4TM-9XWD-27HP-Q3RA');
    await press('by-code-revoke');
    await press('confirm-by-code-revoke');
    await screen.findByTestId('by-code-reason-error');
    expect(requests(backend, 'actByCode')).toEqual([]);
    await press('by-code-reason-key-compromise');
    await press('confirm-by-code-revoke');
    expect((await screen.findByTestId('by-code-result')).dataset.state).toBe('revoked');
    expect(requests(backend, 'actByCode')).toMatchObject([{ revoke: 'key-compromise' }]);
  });

  it('waits for no other command, and says what the portal says of a wrong code', async () => {
    const backend = await open({ step: 'active' });
    const release = backend.hold('refreshState');
    await press('refresh');
    await press('open-by-code');
    await type('by-code-code', 'K4TM-9XWD-27HP-Q3RA');
    backend.fail('revocation-code-wrong', 1);
    await press('by-code-suspend');
    expect((await screen.findByTestId('by-code-problem')).dataset.code).toBe('revocation-code-wrong');
    await waitFor(() => expect(document.activeElement).toBe(at('by-code-code')));
    release();
  });
});

describe('revocation', () => {
  it('says the consequence, asks why, and shows what was read back', async () => {
    const backend = await open({ step: 'active' });
    await press('revoke');
    await screen.findByTestId('screen-revoke');
    expect(at('consequence').textContent).toContain('kan ikke fortrydes');
    await press('confirm-revoke');
    await screen.findByTestId('revoke-reason-error');
    expect(within(at('revoke-reason')).getAllByRole('radio')).toHaveLength(4);
    await press('revoke-reason-superseded');
    await type('revoke-password', PASSWORD);
    await press('confirm-revoke');
    expect(requests(backend, 'revokeCertificate')).toEqual([{ reason: 'superseded', password: PASSWORD }]);
    await waitFor(() => expect(at('standing').textContent).toBe('Spærret'));
    await waitFor(() => expect(at('read-back').dataset.revocationList).toBe('revoked'));
  });

  it('of changed details has its reason chosen, and says that a new invitation comes', async () => {
    await open({ step: 'active' });
    await press('details-changed');
    expect(at('revoke-reason-affiliation-changed')).toHaveProperty('checked', true);
    expect(document.getElementById('revoke-reason-affiliation-changed-meaning')?.textContent).toContain(
      'ny invitation',
    );
  });

  it('with a wrong password changes nothing, and empties the field', async () => {
    const backend = await open({ step: 'active' });
    await press('revoke');
    await press('revoke-reason-key-compromise');
    await type('revoke-password', 'noget andet');
    backend.fail('password-wrong', 1);
    await press('confirm-revoke');
    expect((await screen.findByRole('alert')).dataset.code).toBe('password-wrong');
    await waitFor(() => expect(at('revoke-password')).toHaveProperty('value', ''));
    expect(at('screen-revoke')).toBeTruthy();
    await press('leave-task');
    await screen.findByTestId('screen-certificate');
    expect(screen.queryByRole('alert')).toBeNull();
  });

  it('asks for no password while the key is open, and says until when', async () => {
    const openUntil = new Date(Date.now() + 5 * 60_000).toISOString();
    const backend = await open({ step: 'active', openUntil });
    await press('details-changed');
    expect(at('key-open').textContent).toContain('Nøglen er åben til kl.');
    expect(screen.queryByTestId('revoke-password')).toBeNull();
    await press('confirm-revoke');
    expect(requests(backend, 'revokeCertificate')).toEqual([{ reason: 'affiliation-changed', password: '' }]);
  });
});

describe('misuse', () => {
  it.each([
    ['issued', 'details'],
    ['active', 'certificate'],
  ])('is said on every screen (%s) and leads to what happened', async (step, shown) => {
    await open({ step, activities: 'suspicious' }, shown);
    expect(at('suspicious').dataset.number).toBe('2');
    expect(at('suspicious').getAttribute('role')).toBe('alert');
    await press('see-suspicious');
    await screen.findByTestId(`activity-${STRANGE}`);
    expect(at('screen-activities').dataset.suspicious).toBe('2');
  });

  it('stands first, and is gone once the person knows of all of it', async () => {
    const backend = await open({ step: 'active', activities: 'suspicious' });
    await press('open-activities');
    await screen.findByTestId('activities-suspicious');
    const judgements = screen.getAllByTestId(/^activity-[0-9a-f-]+$/u).map((line) => String(line.dataset.judgement));
    expect(judgements).toEqual(['suspicious', 'suspicious', 'ours', 'ours', 'before']);
    await press(`acknowledge-${STRANGE}`);
    await waitFor(() => expect(at('suspicious').dataset.number).toBe('1'));
    await press('acknowledge-01936c4f-0000-7000-8000-000000000005');
    await waitFor(() => expect(screen.queryByTestId('suspicious')).toBeNull());
    expect(requests(backend, 'acknowledgeActivity')).toHaveLength(2);
    expect(at('activities-status').textContent).toContain('Alt passer');
  });

  it('leads to suspension', async () => {
    const backend = await open({ step: 'active', activities: 'suspicious' });
    await press('open-activities');
    await press(`activity-not-me-${STRANGE}`);
    expect(requests(backend, 'suspendCertificate')).toEqual([]);
    await press('confirm-suspend');
    await waitFor(() => expect(at('standing').textContent).toBe('Suspenderet'));
    expect(screen.queryByTestId('screen-activities')).toBeNull();
  });

  it('is reached from the use of the key, and leads back there', async () => {
    await open({ step: 'active' });
    await press('open-uses');
    await press('uses-open-activities');
    await screen.findByTestId('screen-activities');
    await press('leave');
    await screen.findByTestId('screen-uses');
  });

  it('that cannot be read says so', async () => {
    await open({ step: 'active', activities: 'failed' });
    await press('open-activities');
    expect((await screen.findByTestId('activities-problem')).dataset.code).toBe('journal-unavailable');
  });
});
