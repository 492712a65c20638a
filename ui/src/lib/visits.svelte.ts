import type { Backend } from './backend/backend';
import type { ActivityView } from './bindings/ActivityView';
import type { ArchivedDeclarationView } from './bindings/ArchivedDeclarationView';
import type { ByCodeRequest } from './bindings/ByCodeRequest';
import type { DiagnosisView } from './bindings/DiagnosisView';
import type { FileRefusalView } from './bindings/FileRefusalView';
import type { InspectedFileView } from './bindings/InspectedFileView';
import type { ProbeBegunView } from './bindings/ProbeBegunView';
import type { StateByCodeView } from './bindings/StateByCodeView';
import type { UseLogView } from './bindings/UseLogView';
import type { VerifiedDocumentView } from './bindings/VerifiedDocumentView';
import type { ShownProblem } from './problems';
import { asProblem } from './problems';

/** Where one can look in from any screen, and come back from. */
export type Place = 'file' | 'doctor' | 'uses' | 'activities' | 'by-code' | 'archive' | 'accessibility';

/** Why nothing of a file is shown: what the program says, and what the window sees by itself. */
export type FileRefusal = FileRefusalView | 'several' | 'folder' | 'unreadable';

/** What came of the file. */
export type FileOutcome =
  | { kind: 'reading'; name: string; verifies: boolean }
  | { kind: 'locked'; name: string; wrong: boolean }
  | { kind: 'refused'; name: string; reason: FileRefusal }
  | { kind: 'inspected'; name: string; file: InspectedFileView }
  | { kind: 'verified'; name: string; document: VerifiedDocumentView };

/** Most bytes of a file that are read; more than that is no certificate file, and no signed document. */
const LARGEST_FILE = 4 * 1024 * 1024;

/** How every PDF (`%PDF-`) begins in Base64. It is rendered again for the comparison, which takes a moment. */
const PDF_IN_BASE64 = 'JVBERi';

/**
 * The looks aside: at a certificate file, at why one cannot sign, at how the key was used and what the portal saw of
 * it, and at what can be done without the key. The journey stays as it is meanwhile.
 */
export class Visits {
  /** Where the person looks; `null` on the journey's own screen. */
  place = $state<Place | null>(null);
  /** What came of the file that was given last; `null` before there is one. */
  file = $state.raw<FileOutcome | null>(null);
  /** What the last diagnosis came to; `null` while none has. */
  diagnosis = $state.raw<DiagnosisView | null>(null);
  /** What the diagnosis that runs has tried, the present one last. */
  tried = $state.raw<ProbeBegunView[]>([]);
  /** True while a diagnosis runs. */
  diagnosing = $state(false);
  /** How keys were used; `null` while it is not read. */
  useLog = $state.raw<UseLogView | null>(null);
  /** What was done with the certificate at the portal; `null` while it is not read. */
  activities = $state.raw<ActivityView[] | null>(null);
  /** The declarations that were delivered from this computer; `null` while they are not read. */
  archive = $state.raw<ArchivedDeclarationView[] | null>(null);
  /** What a reference number and its revocation code led to; `null` while nothing was done by them. */
  stateByCode = $state.raw<StateByCodeView | null>(null);
  /** True while the portal is asked to act by a revocation code. */
  actingByCode = $state(false);
  /** Why the place itself has nothing to show. */
  problem = $state.raw<ShownProblem | null>(null);

  #files = 0;
  #problems = 0;
  #content: string | null = null;
  #listens = false;
  #saving = false;
  /** The places that one came through, the latest last. */
  #behind: Place[] = [];
  #leftFrom: { element: Element | null; scrolled: number } | null = null;
  readonly #backend: Backend;

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  /** Goes to the certificate file, or to where one can be chosen. */
  openFile(): void {
    this.#go('file');
  }

  /** Goes to the diagnosis and begins it. */
  async openDoctor(): Promise<void> {
    this.#go('doctor');
    await this.diagnose();
  }

  /** Goes to how the key was used, and reads it. */
  async openUses(): Promise<void> {
    this.#go('uses');
    this.problem = null;
    this.useLog = null;
    try {
      this.useLog = await this.#backend.readUseLog();
    } catch (thrown) {
      if (this.place === 'uses') this.#show(thrown);
    }
  }

  /** Saves how the key was used: the file's name, or `undefined` where it was not saved. */
  async saveUses(): Promise<string | undefined> {
    if (this.#saving) return undefined;
    this.#saving = true;
    this.problem = null;
    try {
      return (await this.#backend.saveUseLog()) ?? undefined;
    } catch (thrown) {
      this.#show(thrown);
      return undefined;
    } finally {
      this.#saving = false;
    }
  }

  /** Goes to what was done with the certificate at the portal, and reads it. */
  async openActivities(): Promise<void> {
    this.#go('activities');
    this.problem = null;
    this.activities = null;
    try {
      this.activities = await this.#backend.readActivities();
    } catch (thrown) {
      if (this.place === 'activities') this.#show(thrown);
    }
  }

  /** The person knows of this act. */
  async acknowledge(id: string): Promise<void> {
    this.problem = null;
    try {
      this.activities = await this.#backend.acknowledgeActivity({ id });
    } catch (thrown) {
      this.#show(thrown);
    }
  }

  /** Goes to the declarations that were delivered from this computer, and reads them. */
  async openArchive(): Promise<void> {
    this.#go('archive');
    this.problem = null;
    this.archive = null;
    try {
      this.archive = await this.#backend.readArchive();
    } catch (thrown) {
      if (this.place === 'archive') this.#show(thrown);
    }
  }

  /** Saves a declaration with its evidence: the file's name, or `undefined` where it was not saved. */
  async saveEvidence(declaration: string): Promise<string | undefined> {
    if (this.#saving) return undefined;
    this.#saving = true;
    this.problem = null;
    try {
      return (await this.#backend.saveEvidence({ declaration })) ?? undefined;
    } catch (thrown) {
      this.#show(thrown);
      return undefined;
    } finally {
      this.#saving = false;
    }
  }

  /** Goes to what can be done without the key. */
  openByCode(): void {
    this.#go('by-code');
    this.stateByCode = null;
  }

  /** Goes to the accessibility statement. */
  openAccessibility(): void {
    this.#go('accessibility');
  }

  /** Suspends or revokes by a revocation code. It waits for nothing. */
  async actByCode(request: ByCodeRequest): Promise<void> {
    if (this.actingByCode) return;
    this.actingByCode = true;
    this.problem = null;
    this.stateByCode = null;
    try {
      this.stateByCode = await this.#backend.actByCode(request);
    } catch (thrown) {
      this.#show(thrown);
    } finally {
      this.actingByCode = false;
    }
  }

  /** Goes back to where one came from. */
  back(): void {
    const place = this.#behind.pop();
    if (place === undefined) {
      this.leave();
    } else {
      this.problem = null;
      this.place = place;
    }
  }

  /** Goes to the journey's screen. What was read of a file is forgotten. */
  leave(): void {
    this.place = null;
    this.problem = null;
    this.file = null;
    this.stateByCode = null;
    this.#behind = [];
    this.#content = null;
    this.#files += 1;
  }

  /** Where the person was before, given once: the element that had the focus, and how far the page was scrolled. */
  takeLeftFrom(): { element: Element | null; scrolled: number } | null {
    const leftFrom = this.#leftFrom;
    this.#leftFrom = null;
    return leftFrom;
  }

  /** Tries everything that is needed to sign. */
  async diagnose(): Promise<void> {
    if (this.diagnosing) return;
    this.diagnosing = true;
    this.problem = null;
    this.diagnosis = null;
    this.tried = [];
    try {
      if (!this.#listens) {
        await this.#backend.listenToProbes((probe) => {
          if (this.diagnosing) this.tried = [...this.tried, probe];
        });
        this.#listens = true;
      }
      this.diagnosis = await this.#backend.diagnose();
    } catch (thrown) {
      this.#show(thrown);
    } finally {
      this.diagnosing = false;
    }
  }

  /** Looks at what was dropped on the window, or chosen. */
  async inspect(files: readonly File[], folder = false): Promise<void> {
    this.#go('file');
    const number = (this.#files += 1);
    this.problem = null;
    this.#content = null;
    const [file, ...more] = files;
    const name = file?.name ?? '';
    const refuse = (reason: FileRefusal): void => {
      this.file = { kind: 'refused', name, reason };
    };
    if (more.length > 0) refuse('several');
    else if (folder) refuse('folder');
    else if (!file) refuse('unreadable');
    else if (file.size > LARGEST_FILE) refuse('too-large');
    else {
      this.file = { kind: 'reading', name, verifies: false };
      const content = await base64(file).catch(() => null);
      if (number !== this.#files) return;
      if (content === null) refuse('unreadable');
      else if (content === '') refuse('empty');
      else {
        if (content.startsWith(PDF_IN_BASE64)) this.file = { kind: 'reading', name, verifies: true };
        await this.#ask(number, name, content, null);
      }
    }
  }

  /** Tries a password on the file that is locked. */
  async unlock(password: string): Promise<void> {
    if (this.file?.kind !== 'locked' || this.#content === null) return;
    await this.#ask(this.#files, this.file.name, this.#content, password);
  }

  async #ask(number: number, name: string, content: string, password: string | null): Promise<void> {
    this.problem = null;
    try {
      const answer = await this.#backend.inspectFile({ content, password });
      if (number !== this.#files) return;
      this.#content = null;
      switch (answer.outcome) {
        case 'inspected':
          this.file = { kind: 'inspected', name, file: answer };
          break;
        case 'verified':
          this.file = { kind: 'verified', name, document: answer };
          break;
        case 'password-needed':
        case 'password-wrong':
          this.#content = content;
          this.file = { kind: 'locked', name, wrong: answer.outcome === 'password-wrong' };
          break;
        case 'refused':
          this.file = { kind: 'refused', name, reason: answer.reason };
          break;
      }
    } catch (thrown) {
      if (number !== this.#files) return;
      this.file = null;
      this.#show(thrown);
    }
  }

  #go(place: Place): void {
    if (this.place === null) {
      this.#leftFrom = { element: document.activeElement, scrolled: window.scrollY };
    }
    if (this.place !== place) {
      this.problem = null;
      const leadsOn = this.place === 'doctor' || this.place === 'uses' ? this.place : null;
      const within = place === 'uses' || place === 'activities';
      this.#behind = leadsOn && within ? [...this.#behind, leadsOn] : [];
    }
    this.place = place;
  }

  #show(thrown: unknown): void {
    this.#problems += 1;
    this.problem = asProblem(thrown, this.#problems);
  }
}

/** The file's bytes in Base64; none of an empty one. Fails where it cannot be read, as a folder cannot. */
function base64(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onerror = () => {
      reject(reader.error ?? new Error('the file cannot be read'));
    };
    reader.onload = () => {
      const address = typeof reader.result === 'string' ? reader.result : '';
      resolve(address.slice(address.indexOf(',') + 1 || address.length));
    };
    reader.readAsDataURL(file);
  });
}
