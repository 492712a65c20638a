import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import App from '../App.svelte';
import { inArchiveOrder, isSought } from '../lib/archive';
import { archiveOf, documentOf, HOSTILE } from '../lib/backend/practice-documents';
import type { PracticeDouble, Wishes } from '../lib/backend/practice-double';
import { practiceDouble } from '../lib/backend/practice-double';
import type { IndicationView } from '../lib/bindings/IndicationView';
import type { VerificationReasonView } from '../lib/bindings/VerificationReasonView';
import { TEXTS } from '../lib/texts';

const LANGUAGES = ['da', 'en'] as const;
const REASONS = Object.keys({
  'not-signed': 0,
  unreadable: 0,
  changed: 0,
  'not-what-was-accepted': 0,
  unknown: 0,
  forged: 0,
  untrusted: 0,
  revoked: 0,
  'out-of-time': 0,
  evidence: 0,
} satisfies Record<VerificationReasonView, number>) as VerificationReasonView[];
const PASSWORD = 'fire ord på rad';
const PDF_BYTES = '%PDF-1.7';

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

async function drop(content: BlobPart = PDF_BYTES, name = 'sikkerhedserklæring.pdf'): Promise<void> {
  const dataTransfer = { types: ['Files'], files: [new File([content], name)], items: [], dropEffect: 'none' };
  await fireEvent.drop(document.body, { dataTransfer });
}

/** The window after a document of this look was dropped on it. */
async function see(look: string, wishes: Wishes = {}): Promise<HTMLElement> {
  await open({ ...wishes, file: look }, 'welcome');
  await drop();
  return await screen.findByTestId('verified-document');
}

function requests(backend: PracticeDouble, command: string): unknown[] {
  return backend.calls.filter((call) => call.command === command).map((call) => call.request);
}

beforeEach(() => {
  window.scrollTo = vi.fn();
  Element.prototype.scrollIntoView = vi.fn();
});

afterEach(cleanup);

describe('a signed document', () => {
  it('that holds says so first, then what it is, by whom, when, and what was accepted', async () => {
    const shown = await see('document');
    expect(shown.dataset).toMatchObject({ indication: 'holds', kind: 'declaration' });
    expect(shown.dataset.reason).toBeUndefined();
    expect(shown.firstElementChild).toBe(at('verified-verdict'));
    expect(at('verified-verdict').textContent).toContain('Dokumentet holder');
    expect(at('verified-verdict').querySelector('svg')).not.toBeNull();
    expect(at('verified-signer').textContent).toBe('Øvebruger Eksempel');
    const facts = at('verified-facts').textContent;
    for (const words of ['En sikkerhedserklæring', 'Øvelseskommune Å', 'eget ur', '24. november 2026']) {
      expect(facts).toContain(words);
    }
    expect(at('verified-proven').textContent).toContain('Tidsstempel fra Certifikatguide øvelsestidsstempel');
    expect(at('verified-accepted').textContent).toMatch(/version 1.*3 samtykker/su);
    expect(at('verified-portal').textContent).toBe('https://localhost:8443');
    expect(at('verified-level').dataset.level).toBe('long-term');
    expect(at('verified-level').textContent).toContain('Kan efterprøves om mange år');
    expect(screen.queryByTestId('verified-reason')).toBeNull();
    expect(screen.queryByTestId('verified-claims')).toBeNull();
  });

  it('is given to the program whole and without a password', async () => {
    const backend = await open({}, 'welcome');
    await drop();
    await screen.findByTestId('verified-document');
    expect(requests(backend, 'inspectFile')).toEqual([{ content: btoa(PDF_BYTES), password: null }]);
  });

  it.each(REASONS.flatMap((reason) => LANGUAGES.map((language) => [reason, language] as const)))(
    'that does not hold (%s) says in plain words why and what to do, in %s',
    async (reason, language) => {
      const shown = await see(`document-${reason}`, { language });
      const { title, text, remedy } = TEXTS[language].verified.reasons[reason];
      const { indication } = shown.dataset;
      expect(shown.dataset.reason).toBe(reason);
      expect(['does-not-hold', 'cannot-be-told']).toContain(indication);
      expect(at('verified-verdict').textContent).toContain(
        TEXTS[language].verified.indications[indication as IndicationView].title,
      );
      for (const words of [title, text, remedy]) expect(at('verified-reason').textContent).toContain(words);
      expect(at('verified-claims').textContent).toBe(TEXTS[language].verified.claims);
      expect(screen.queryByTestId('verified-level')).toBeNull();
    },
  );

  it.each(LANGUAGES)('has no reason in %s that says the same as another, or speaks in technical words', (language) => {
    const { reasons } = TEXTS[language].verified;
    const titles = REASONS.map((reason) => reasons[reason].title);
    expect(new Set(titles).size).toBe(REASONS.length);
    for (const reason of REASONS) {
      expect(Object.values(reasons[reason]).join(' ')).not.toMatch(/ByteRange|CMS|OCSP|CRL|hash|digest|POE/iu);
    }
  });

  it.each(LANGUAGES)('has its three verdicts in %s told apart by words and not by colour alone', async (language) => {
    const verdicts: string[] = [];
    const icons: (string | null | undefined)[] = [];
    for (const look of ['document', 'document-changed', 'document-evidence']) {
      await see(look, { language });
      verdicts.push(at('verified-verdict').querySelector('.verdict-title')?.textContent ?? '');
      icons.push(at('verified-verdict').querySelector('path')?.getAttribute('d'));
      cleanup();
    }
    expect(new Set(verdicts).size).toBe(3);
    expect(new Set(icons).size).toBe(3);
  });

  it('of which nobody can say why leads on to the technical part', async () => {
    const shown = await see('document-reasonless');
    expect(shown.dataset.indication).toBe('cannot-be-told');
    expect(at('verified-reason').textContent).toContain('kan ikke sige præcis hvorfor');
  });

  it('that does not hold proves nothing, and keeps the technical part folded for the support', async () => {
    await see('document-changed');
    expect(at('verified-findings')).toHaveProperty('open', false);
    expect(at('verified-facts').textContent).not.toContain('Bevist');
    expect(at('verified-findings').textContent).toContain('HASH_FAILURE');
    expect(at('verified-findings').textContent).toContain('digest-mismatch');
    expect(at('verified-findings').textContent).toContain('the message digest does not match');
  });

  it('that is a receipt says which portal made it and for which declaration', async () => {
    const shown = await see('document-receipt');
    expect(shown.dataset.kind).toBe('receipt');
    expect(at('verified-facts').textContent).toContain('En kvittering fra en portal');
    expect(at('verified-facts').textContent).toContain('Lavet af portalen');
    expect(at('verified-facts').textContent).toContain('Kvittering for erklæring');
    expect(screen.queryByTestId('verified-accepted')).toBeNull();
  });

  it('that is neither is not called a declaration, and does not make anything up', async () => {
    const shown = await see('document-other');
    expect(shown.dataset.kind).toBe('unknown');
    expect(at('verified-facts').textContent).toContain('Hverken en sikkerhedserklæring eller en kvittering');
    expect(at('verified-facts').textContent).toContain('Det står der ikke');
    expect(screen.queryByTestId('verified-proven')).toBeNull();
  });

  it('without a time-stamp is not promised one, since a file gets none by itself', async () => {
    await see('document-signed');
    expect(at('verified-level').dataset.level).toBe('signed');
    expect(at('verified-level').textContent).toContain('ikke bevist i denne fil');
    expect(at('verified-level').textContent).not.toContain('af sig selv');
  });

  it('from practice carries the badge at its verdict, and one that counts does not', async () => {
    await see('document');
    expect(at('verified-practice').textContent).toBe('Øvelse');
    expect(at('verified-verdict').textContent).toContain('gælder ikke i virkeligheden');
    cleanup();
    await see('document-time-stamped');
    expect(screen.queryByTestId('verified-practice')).toBeNull();
  });

  it('that means harm is text and nothing else, without characters that cannot be seen, and no link', async () => {
    const shown = await see('document-hostile');
    expect(shown.querySelector('img, a, script')).toBeNull();
    expect(at('verified-signer').textContent).toContain('<img src=x onerror="alert(1)">gpj.exe&amp;{@html evil}');
    expect(shown.textContent).not.toMatch(/\p{Cf}|\p{Cc}(?<!\n)/u);
    expect(at('verified-facts').textContent).not.toContain('Å'.repeat(121));
    expect(at('verified-findings').textContent.length).toBeLessThan(1300);
    expect(at('verified-signer').querySelector('bdi')).not.toBeNull();
  });

  it('shows that it is being verified while that takes its time', async () => {
    const backend = await open({ file: 'document' }, 'welcome');
    const release = backend.hold('inspectFile');
    await drop();
    await waitFor(() => expect(at('screen-file').textContent).toContain('Efterprøver dokumentet'));
    expect(at('screen-file').querySelector('.spinner')).not.toBeNull();
    release();
    await screen.findByTestId('verified-document');
    expect(at('screen-file').textContent).not.toContain('Efterprøver dokumentet');
  });

  it('of two megabytes is read, and the chooser and the words say that a PDF can be given', async () => {
    const backend = await open({}, 'welcome');
    await press('open-file');
    expect(at('file-chooser').getAttribute('accept')?.split(',')).toContain('.pdf');
    expect(at('screen-file').textContent).toContain('underskrevet erklæring eller kvittering (PDF)');
    const content = new Uint8Array(2 * 1024 * 1024).fill(65);
    content.set(new TextEncoder().encode(PDF_BYTES));
    await drop(content);
    await screen.findByTestId('verified-document');
    expect(requests(backend, 'inspectFile')).toHaveLength(1);
  });

  it('gives way to the file that is dropped after it', async () => {
    const backend = await open({ file: 'document' }, 'welcome');
    const release = backend.hold('inspectFile');
    await drop();
    await drop('', 'tom.pdf');
    release();
    expect((await screen.findByRole('alert')).dataset.reason).toBe('empty');
    expect(screen.queryByTestId('verified-document')).toBeNull();
  });
});

describe('the archive', () => {
  async function openArchive(wishes: Wishes = {}): Promise<PracticeDouble> {
    const backend = await open({ step: 'active', ...wishes }, 'certificate');
    await press('open-archive');
    await screen.findByTestId('screen-archive');
    return backend;
  }
  const listed = (): (string | undefined)[] =>
    screen.queryAllByTestId('archived-declaration').map(({ dataset }) => dataset.declaration?.slice(0, 8));
  async function seek(words: string): Promise<void> {
    await fireEvent.input(await screen.findByTestId('archive-search'), { target: { value: words } });
  }

  it.each(['active', 'suspended', 'revoked'])('is reached from the certificate while it is %s', async (step) => {
    await open({ step }, 'certificate');
    await press('open-archive');
    await screen.findByTestId('archive-search');
    expect(document.activeElement).toBe(screen.getByRole('heading', { level: 1 }));
    await press('leave');
    await waitFor(() => expect(screen.queryByTestId('screen-archive')).toBeNull());
    expect(at('screen-certificate')).toBeTruthy();
  });

  it('has the declaration in force first, then the latest, each with its level in plain words', async () => {
    await openArchive();
    const items = await screen.findAllByTestId('archived-declaration');
    expect(listed()).toEqual(['01936c3f', '0191c0de', '0185f3a1']);
    expect(items.map(({ dataset }) => dataset.level)).toEqual(['time-stamped', 'signed', 'long-term']);
    expect(items[0]?.textContent).toContain('Hører til dit nuværende certifikat');
    expect(items[0]?.textContent).toContain('Tidspunktet er bevist (tidsstempel).');
    expect(items[1]?.textContent).toContain('14. august 2025');
    expect(items[1]?.textContent).toContain('Modtaget af portalen');
    expect(items[2]?.textContent).toContain('Kan efterprøves om mange år');
    expect(items[2]?.textContent).toContain('https://portal.example');
  });

  it.each([
    ['øvelsesREGION', ['0185f3a1']],
    ['2. marts 2023', ['0185f3a1']],
    ['14. august', ['0191c0de']],
    ['5e02d0a9', ['0191c0de']],
    ['portal.example', ['0185f3a1']],
    ['01936C3F-5b1e', ['01936c3f']],
    ['øvebruger localhost', ['01936c3f', '0191c0de']],
    ['   ', ['01936c3f', '0191c0de', '0185f3a1']],
    ['.*', []],
    ['<b>', []],
  ])('shows, as one types »%s«, what fits', async (words, expected) => {
    await openArchive();
    await seek(words);
    await waitFor(() => expect(listed()).toEqual(expected));
  });

  it('seeks dates as they are shown, in the language of the window', () => {
    const [declaration] = archiveOf('one', null);
    if (!declaration) throw new Error('one declaration');
    expect(isSought(declaration, '24 November 2026', 'en')).toBe(true);
    expect(isSought(declaration, '24. november 2026', 'da')).toBe(true);
    expect(isSought(declaration, 'oktober', 'da')).toBe(false);
    expect(isSought({ ...declaration, signer: 'A\u030Ase' }, 'åse', 'da')).toBe(true);
  });

  it('puts the one in force first also where it is older', () => {
    const [first, second] = archiveOf('former', null);
    if (!first || !second) throw new Error('two declarations');
    expect(inArchiveOrder([second, { ...first, in_force: true }]).map(({ id }) => id)).toEqual([first.id, second.id]);
  });

  it('says where nothing fits, and clears the search with the focus in it', async () => {
    await openArchive();
    await seek('findes ikke');
    await screen.findByTestId('archive-no-hit');
    expect(at('archive-status').textContent).toContain('Ingen erklæring passer');
    await press('archive-clear');
    expect(listed()).toHaveLength(3);
    expect(document.activeElement).toBe(at('archive-search'));
    expect(at('archive-status').textContent).toContain('3 erklæringer');
  });

  it('says how many fit, to those who do not see it, too', async () => {
    await openArchive();
    await seek('marts');
    await waitFor(() => expect(at('archive-status').textContent).toContain('1 af 3 erklæringer'));
    expect(at('archive-status').getAttribute('role')).toBe('status');
  });

  it('that is empty says so, and has nothing to search', async () => {
    await openArchive({ archive: 'empty' });
    await screen.findByTestId('archive-empty');
    expect(screen.queryByTestId('archive-search')).toBeNull();
  });

  it('that cannot be read says so', async () => {
    await openArchive({ archive: 'failed' });
    expect((await screen.findByTestId('archive-problem')).dataset.code).toBe('journal-unavailable');
    expect(screen.queryByTestId('archive-empty')).toBeNull();
  });

  it('saves the declaration that is chosen with its evidence, and says the name of the file there', async () => {
    const backend = await openArchive();
    const items = await screen.findAllByTestId('archived-declaration');
    const second = items[1];
    if (!second) throw new Error('a second declaration');
    const button = within(second).getByTestId('save-evidence');
    expect(button.getAttribute('aria-label')).toContain('14. august 2025');
    await fireEvent.click(button);
    await within(second).findByText('Gemt som sikkerhedserklæring-med-beviser.zip');
    expect(requests(backend, 'saveEvidence')).toEqual([{ declaration: '0191c0de-2b3c-7d4e-8f50-617283940a1b' }]);
    expect(screen.getAllByTestId('evidence-saved')).toHaveLength(1);
    expect(at('evidence-contents').querySelectorAll('li')).toHaveLength(5);
  });

  it('says nothing where no place was chosen, and what went wrong where it did', async () => {
    await openArchive({ archive: 'none-chosen' });
    await fireEvent.click((await screen.findAllByTestId('save-evidence'))[0] as HTMLElement);
    expect(screen.queryByTestId('evidence-saved')).toBeNull();
    cleanup();
    await openArchive({ archive: 'unsaved' });
    await fireEvent.click((await screen.findAllByTestId('save-evidence'))[0] as HTMLElement);
    expect((await screen.findByTestId('archive-problem')).dataset.code).toBe('document-not-saved');
  });

  it('shows what means harm as text, without characters that cannot be seen', async () => {
    await openArchive({ archive: 'hostile' });
    const item = await screen.findByTestId('archived-declaration');
    expect(item.querySelector('img, a, script')).toBeNull();
    expect(item.textContent).toContain('<img src=x');
    expect(item.textContent).not.toMatch(/\p{Cf}|\p{Cc}(?<!\n)/u);
    expect(item.textContent).not.toContain('Å'.repeat(121));
    expect(HOSTILE).toMatch(/\u202E/u);
  });

  it.each(LANGUAGES)('is there in %s', async (language) => {
    await openArchive({ language });
    await screen.findAllByTestId('archived-declaration');
    expect(screen.getByRole('heading', { level: 1 }).textContent).toBe(TEXTS[language].archive.title);
  });
});

describe('a signed declaration that waits, with a certificate that is in use already', () => {
  it('does not offer to start over, which would suspend it, and says what to do', async () => {
    await open({ step: 'signed', archive: 'one' }, 'sign');
    expect((await screen.findByTestId('in-use-already')).textContent).toContain('send den igen senere');
    expect(screen.queryByTestId('start-over')).toBeNull();
    expect(at('deliver')).toBeTruthy();
  });

  it('is told from a first declaration, where one can start over', async () => {
    await open({ step: 'signed', archive: 'former' }, 'sign');
    await screen.findByTestId('start-over');
    expect(screen.queryByTestId('in-use-already')).toBeNull();
  });

  it.each(['failed', 'held up'])('does not offer it either where the archive is %s', async (why) => {
    const backend = practiceDouble({ step: 'signed', archive: why === 'failed' ? 'failed' : 'former' });
    const release = why === 'failed' ? () => undefined : backend.hold('readArchive');
    render(App, { backend });
    await screen.findByTestId('screen-sign');
    await waitFor(() => expect(requests(backend, 'readArchive')).toHaveLength(1));
    expect(screen.queryByTestId('start-over')).toBeNull();
    release();
  });

  it('is still delivered once the portal answers', async () => {
    const backend = await open({ step: 'signed', archive: 'one' }, 'sign');
    backend.fail('portal-unreachable', 1);
    await fireEvent.input(await screen.findByTestId('password'), { target: { value: PASSWORD } });
    await press('deliver');
    await screen.findByTestId('problem');
    expect(screen.queryByTestId('start-over')).toBeNull();
    await fireEvent.input(at('password'), { target: { value: PASSWORD } });
    await press('deliver');
    await screen.findByTestId('screen-receipt');
  });
});

describe('the double', () => {
  it('has a document of every reason', () => {
    expect(REASONS.map((reason) => documentOf(`document-${reason}`)?.reason)).toEqual(REASONS);
    expect(documentOf('valid')).toBeNull();
    expect(documentOf(null)).toBeNull();
  });
});
