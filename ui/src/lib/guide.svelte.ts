import { createContext } from 'svelte';
import type { Backend } from './backend/backend';
import type { ChosenContainerView } from './bindings/ChosenContainerView';
import type { ContainerView } from './bindings/ContainerView';
import type { DetailAnswerView } from './bindings/DetailAnswerView';
import type { DocumentView } from './bindings/DocumentView';
import type { EnrolledView } from './bindings/EnrolledView';
import type { ExaminationView } from './bindings/ExaminationView';
import type { GuideView } from './bindings/GuideView';
import type { JourneyView } from './bindings/JourneyView';
import type { LanguageView } from './bindings/LanguageView';
import type { OnEarlierView } from './bindings/OnEarlierView';
import type { PasswordJudgementView } from './bindings/PasswordJudgementView';
import type { PracticeInvitationView } from './bindings/PracticeInvitationView';
import type { ReadBackView } from './bindings/ReadBackView';
import type { RevocationReasonView } from './bindings/RevocationReasonView';
import type { StageView } from './bindings/StageView';
import type { StepView } from './bindings/StepView';
import type { TermsView } from './bindings/TermsView';
import type { ShownProblem } from './problems';
import { asProblem } from './problems';
import { TEXTS } from './texts';
import { Visits } from './visits.svelte';

/** The screens of the window. */
export type Screen =
  | 'starting'
  | 'welcome'
  | 'import'
  | 'earlier'
  | 'password'
  | 'revocation-code'
  | 'container-left'
  | 'details'
  | 'terms'
  | 'sign'
  | 'receipt'
  | 'certificate'
  | 'revoke'
  | 'renew'
  | 'new-code'
  | 'change-password'
  | 'export'
  | 'new-terms'
  | 'stopped';

/** What a person has set out to do with the certificate, beside the steps of the journey. */
export type Task =
  'import' | 'revoke' | 'renew' | 'new-code' | 'change-password' | 'export' | 'check-details' | 'new-terms';

/** The steps in which there is a certificate that can be suspended. */
const SUSPENDABLE: StepView[] = ['unregistered', 'issued', 'reviewed', 'signed', 'active'];

/** The steps before this computer is registered and its revocation code kept. */
const BEFORE_ISSUED: StepView[] = ['invited', 'key-made', 'unregistered'];

/** What the person accepted on the terms' screen, until it is signed. */
interface Acceptance {
  terms: TermsView;
  consents: string[];
}

/** Problems after which the terms must be read anew: what was accepted is no longer what would be signed. */
const READ_ANEW = ['terms-changed', 'declaration-outdated'];

/** Problems that say why the terms are on the screen again, and so stay there. */
const REASONS_TO_READ = [...READ_ANEW, 'declaration-refused'];

/** The steps in which the portal may know worse of the certificate than this computer does. */
const KNOWN_AT_THE_PORTAL: StepView[] = ['issued', 'reviewed', 'signed', 'active', 'suspended', 'stopped'];

/** Where the window stands: what the program said last, and what the person is doing. Holds no password. */
export class Guide {
  /** What the program said last; `null` until it has said anything. */
  view = $state.raw<GuideView | null>(null);
  /** The problem that the last command ended in. */
  problem = $state.raw<ShownProblem | null>(null);
  /** What has been done by the command that runs. */
  stages = $state<StageView[]>([]);
  /** The revocation code, until the person has kept it. */
  revocationCode = $state<string | null>(null);
  /** The terms, once they are fetched. */
  terms = $state.raw<TermsView | null>(null);
  /** True where the state could not be read at the portal when the window opened. */
  refreshFailed = $state(false);
  /** The own certificate, examined; `null` where there is none, `undefined` while it is not known. */
  examination = $state.raw<ExaminationView | null | undefined>(undefined);
  /** What was read of the certificate's state; `null` where it could not be, `undefined` while it is being read. */
  readBack = $state.raw<ReadBackView | null | undefined>(undefined);
  /**
   * Whether the certificate came into use with an earlier declaration; `null` while that is not known. One in use must
   * not be given up, which would suspend it.
   */
  declaredBefore = $state<boolean | null>(null);
  /** True while it is asked whether the certificate is to be suspended. */
  asksToSuspend = $state(false);
  /** The name of the file that a certificate was taken from, until it is said what is to become of the file. */
  containerLeft = $state<string | null>(null);
  /** True where the password has just been changed. */
  passwordChanged = $state(false);
  /** The reason that is chosen already where the certificate is to be revoked. */
  revocationReason = $state<RevocationReasonView | null>(null);
  /** The looks aside, from any screen. */
  readonly visits: Visits;

  #task = $state<Task | null>(null);
  #readBacks = 0;
  #running = $state(false);
  #suspending = $state(false);
  #saving = false;
  #suspensions = 0;
  #acceptance = $state.raw<Acceptance | null>(null);
  #receiptWaits = $state(false);
  #changesSeen = $state(false);
  #language = $state<LanguageView>('da');
  #problems = 0;
  #commands = 0;
  #examinations = 0;
  #listens = false;
  readonly #backend: Backend;

  /** True while a command runs. Only the alarm does not wait for it. */
  readonly busy = $derived(this.#running || this.#suspending);
  /** The language of the window. */
  readonly language = $derived(this.#language);
  /** The texts in that language. */
  readonly texts = $derived(TEXTS[this.#language]);
  /** The screen that belongs on the window now. */
  readonly screen = $derived(this.#chooseScreen());

  /** True where the key opens with the PIN of a token, and not with a password of its own. */
  readonly opensWithPin = $derived(this.view?.key_secret === 'pin');

  /** True where there is a certificate that can be suspended, or an alarm that may reach the one that took its place. */
  readonly suspendable = $derived(
    SUSPENDABLE.includes(this.view?.journey?.step ?? 'invited') ||
      (this.canRaiseAlarm && (this.view?.suspicious ?? 0) > 0),
  );

  /** True where the certificate is revoked, and no alarm was raised about it. */
  get canRaiseAlarm(): boolean {
    const journey = this.view?.journey;
    return journey?.step === 'revoked' && !journey.block?.alarm && this.view?.suspension_offered !== false;
  }

  constructor(backend: Backend) {
    this.#backend = backend;
    this.visits = new Visits(backend);
  }

  /** The journey under way. Screens that have one only. */
  get journey(): JourneyView {
    const journey = this.view?.journey;
    if (!journey) throw new Error('this screen needs a journey');
    return journey;
  }

  /** Begins: listens to progress, reads where things stand, and looks at the portal where that matters. */
  async start(): Promise<void> {
    const begun = await this.#run(async () => {
      if (!this.#listens) {
        await this.#backend.listenToProgress((stage) => {
          if (this.busy) this.stages.push(stage);
        });
        await this.#backend.listenToChanges(() => {
          void this.#readInTheBackground(() => this.#backend.readGuide()).catch(() => undefined);
        });
        this.#listens = true;
      }
      return this.#backend.readGuide();
    });
    if (!begun) return;
    this.#language = begun.language;
    this.view = begun;
    await this.#refreshInTheBackground();
  }

  /** Chooses the language, at once on the screen and then for the next time. */
  async chooseLanguage(language: LanguageView): Promise<void> {
    this.#language = language;
    try {
      await this.#backend.chooseLanguage({ language });
    } catch (thrown) {
      this.#show(thrown);
    }
  }

  /** Asks the practice portal for an invitation. */
  offerPracticeInvitation(): Promise<PracticeInvitationView | undefined> {
    return this.#run(() => this.#backend.offerPracticeInvitation());
  }

  /** Opens an invitation. */
  async openInvitation(reference: string, code: string): Promise<void> {
    await this.#advance(() => this.#backend.openInvitation({ reference, code }));
  }

  /** Says what is to happen to the certificates that the employee has already. */
  async decideOnEarlier(onEarlier: OnEarlierView): Promise<void> {
    await this.#advance(() => this.#backend.decideOnEarlier({ on_earlier: onEarlier }));
  }

  /** What a password that is being chosen is worth; `null` where that cannot be told. It holds nothing else up. */
  judgePassword(password: string): Promise<PasswordJudgementView | null> {
    return this.#backend.judgePassword({ password }).catch(() => null);
  }

  /** Makes the key and fetches the certificate, or goes on from where that stopped. */
  async enrol(password: string, code: string | null): Promise<void> {
    await this.#enrolled(() => this.#backend.enrol({ password, code }));
  }

  /** Sets out to do something with the certificate. */
  begin(task: Task, reason: RevocationReasonView | null = null): void {
    this.problem = null;
    this.passwordChanged = false;
    this.revocationReason = reason;
    if (task === 'new-terms') this.#forgetTerms();
    this.#task = task;
  }

  /** Leaves it, done or not. */
  leaveTask(): void {
    if (this.#task === 'import') void this.#backend.forgetContainer().catch(() => undefined);
    this.problem = null;
    this.#task = null;
  }

  /** Revokes the certificate, for good. */
  async revoke(reason: RevocationReasonView, password: string): Promise<void> {
    await this.#advance(() => this.#backend.revokeCertificate({ reason, password }));
    if (!this.problem) this.#task = null;
  }

  /** Renews the certificate, or goes on from where that stopped. */
  async renew(password: string): Promise<void> {
    await this.#enrolled(() => this.#backend.renewCertificate({ password }));
    if (!this.problem) this.#task = null;
  }

  /** Asks for a new revocation code. */
  async renewRevocationCode(password: string): Promise<void> {
    await this.#enrolled(() => this.#backend.renewRevocationCode({ password }));
    if (!this.problem) this.#task = null;
  }

  /** Puts the reminder off. */
  async snoozeReminder(): Promise<void> {
    await this.#advance(() => this.#backend.snoozeReminder());
  }

  /** Changes the password of the key. */
  async changePassword(old: string, chosen: string): Promise<void> {
    await this.#advance(() => this.#backend.changePassword({ old, new: chosen }));
    if (this.problem) return;
    this.#task = null;
    this.passwordChanged = true;
  }

  /** Copies certificate and key into a file: its name, or `undefined` where it was not saved. */
  async exportCertificate(password: string, containerPassword: string): Promise<string | undefined> {
    const request = { password, container_password: containerPassword };
    return (await this.#run(() => this.#backend.exportCertificate(request))) ?? undefined;
  }

  /** Lets the person choose a file with a key: `undefined` where none was. The dialog holds nothing else up. */
  async chooseContainer(): Promise<ChosenContainerView | undefined> {
    this.problem = null;
    try {
      return (await this.#backend.chooseContainer()) ?? undefined;
    } catch (thrown) {
      this.#show(thrown);
      return undefined;
    }
  }

  /** What is in the file that was chosen. */
  readContainer(containerPassword: string): Promise<ContainerView | undefined> {
    return this.#run(() => this.#backend.readContainer({ container_password: containerPassword }));
  }

  /** Takes a certificate with its key out of the file. */
  async importCertificate(
    file: string,
    containerPassword: string,
    serialNumber: string | null,
    password: string,
  ): Promise<void> {
    await this.#enrolled(() =>
      this.#backend.importCertificate({
        container_password: containerPassword,
        serial_number: serialNumber,
        password,
      }),
    );
    // Also where it got only part of the way: then the journey goes on as one by invitation does.
    if (!this.view?.journey) return;
    this.#task = null;
    this.containerLeft = file;
  }

  /** Deletes the file that the certificate was taken from. */
  async deleteContainer(): Promise<void> {
    await this.#run(() => this.#backend.deleteContainer());
    if (!this.problem) this.containerLeft = null;
  }

  /** Leaves the file where it is. */
  async keepContainer(): Promise<void> {
    await this.#run(() => this.#backend.forgetContainer());
    if (!this.problem) this.containerLeft = null;
  }

  /** Reads the certificate's state three ways. It holds nothing else up. */
  async readStateBack(): Promise<void> {
    const number = (this.#readBacks += 1);
    this.readBack = undefined;
    const read = await this.#backend.readBack().catch(() => null);
    if (number === this.#readBacks) this.readBack = read;
  }

  /** Reads where things stand, after something that was done beside the journey. */
  async readAgain(): Promise<void> {
    await this.#readInTheBackground(() => this.#backend.readGuide()).catch(() => undefined);
  }

  /** The person has kept the revocation code. */
  async confirmRevocationCode(): Promise<void> {
    await this.#advance(() => this.#backend.confirmRevocationCode());
    // The program no longer knows of this code: it asks for the password again and gives a new one.
    const forgotten = this.problem?.code === 'wrong-step';
    const journey = this.view?.journey;
    const waits = journey?.step === 'unregistered' || journey?.code_to_keep === true;
    if (forgotten || !waits) this.revocationCode = null;
  }

  /** Answers the details. */
  async reviewDetails(answers: DetailAnswerView[]): Promise<void> {
    await this.#advance(() => this.#backend.reviewDetails({ answers }));
    if (!this.problem) this.#task = null;
  }

  /** Fetches the terms, unless they are here. A problem on the screen is why they are fetched again, and stays. */
  async fetchTerms(): Promise<void> {
    if (this.terms) return;
    const why = this.problem;
    const terms = await this.#run(() => this.#backend.readTerms());
    if (terms && why && REASONS_TO_READ.includes(why.code)) this.problem = why;
    if (terms) this.terms = terms;
  }

  /** The terms that were accepted, on the way to the signature. */
  get acceptedTerms(): TermsView | null {
    return this.#acceptance?.terms ?? null;
  }

  /** Takes the terms for accepted, with these consents, and goes on to the signature. */
  acceptTerms(terms: TermsView, consents: string[]): void {
    this.problem = null;
    this.#acceptance = { terms, consents };
  }

  /** The person has seen what has changed, and goes on to the terms. */
  passChanges(): void {
    this.problem = null;
    this.#changesSeen = true;
  }

  /** True where the certificate in use waits for a new declaration, and the person is on the way to it. */
  get declaresAnew(): boolean {
    return this.#task === 'new-terms' && this.#asksForNewDeclaration;
  }

  /** Goes back from the signature to the terms. */
  returnToTerms(): void {
    this.problem = null;
    this.#acceptance = null;
  }

  /** Signs and submits. */
  async sign(password: string): Promise<void> {
    const acceptance = this.#acceptance;
    if (!acceptance) return;
    await this.#declare(() =>
      this.#backend.signDeclaration({
        terms_sha256: acceptance.terms.sha256,
        consents: acceptance.consents,
        password,
      }),
    );
  }

  /** Submits the signed declaration again. */
  async deliver(password: string): Promise<void> {
    await this.#declare(() => this.#backend.deliverDeclaration({ password }));
  }

  /** The person has seen the receipt. */
  leaveReceipt(): void {
    this.problem = null;
    this.#receiptWaits = false;
  }

  /** Suspends the certificate at once, whatever else is going on. */
  async suspend(): Promise<void> {
    if (this.#suspending) return;
    this.#commands += 1;
    this.#suspending = true;
    this.problem = null;
    this.passwordChanged = false;
    try {
      this.view = await this.#backend.suspendCertificate();
      this.#task = null;
    } catch (thrown) {
      this.#show(thrown);
      await this.#readAgain();
    } finally {
      this.#suspensions += 1;
      this.#suspending = false;
    }
  }

  /** Tells the portal what it does not know yet. */
  async tellPortal(): Promise<void> {
    await this.#advance(() => this.#backend.tellPortal());
  }

  /** Reads the state at the portal. */
  async refresh(): Promise<void> {
    await this.#advance(() => this.#backend.refreshState());
    this.refreshFailed = false;
  }

  /** Examines the own certificate, by what is at hand on this computer. It holds nothing else up. */
  async examine(): Promise<void> {
    const number = (this.#examinations += 1);
    // Where it fails, the screen says that it has nothing more to show; all else on it stands.
    const examination = await this.#backend.readCertificate().catch(() => null);
    if (number === this.#examinations) this.examination = examination;
  }

  /** Reads whether a declaration was delivered with this certificate before. It holds nothing else up. */
  async askWhetherDeclaredBefore(): Promise<void> {
    const serial = this.view?.journey?.certificate?.serial_number;
    this.declaredBefore = null;
    const archive = await this.#backend.readArchive().catch(() => null);
    // Another certificate may have taken its place meanwhile.
    if (archive && serial === this.view?.journey?.certificate?.serial_number) {
      this.declaredBefore = archive.some(({ serial_number }) => serial_number === serial);
    }
  }

  /** Gives the journey up. */
  async startOver(): Promise<void> {
    await this.#advance(() => this.#backend.startOver());
    if (this.view?.journey === null) {
      this.#forgetTerms();
      this.#receiptWaits = false;
      this.#task = null;
      this.containerLeft = null;
      this.revocationCode = null;
      this.examination = undefined;
    }
  }

  /** Opens a document in the computer's own viewer. */
  async openDocument(document: DocumentView): Promise<void> {
    await this.#run(() => this.#backend.openDocument({ document }));
  }

  /** Saves a document: the file's name, or `undefined` where it was not saved. The dialog holds nothing else up. */
  async saveDocument(document: DocumentView): Promise<string | undefined> {
    if (this.#saving) return undefined;
    this.#saving = true;
    this.problem = null;
    try {
      return (await this.#backend.saveDocument({ document })) ?? undefined;
    } catch (thrown) {
      this.#show(thrown);
      return undefined;
    } finally {
      this.#saving = false;
    }
  }

  /** Prints the screen. */
  async printPage(): Promise<void> {
    await this.#run(() => this.#backend.printPage());
  }

  #chooseScreen(): Screen {
    const view = this.view;
    if (!view) return 'starting';
    if (!view.journey) return this.#task === 'import' ? 'import' : 'welcome';
    const step = view.journey.step;
    const task = this.#task;
    if (task === 'revoke' && SUSPENDABLE.includes(step)) return 'revoke';
    if (this.revocationCode !== null) return 'revocation-code';
    if (this.containerLeft !== null && !BEFORE_ISSUED.includes(step)) return 'container-left';
    switch (step) {
      case 'invited':
        return view.journey.earlier.length > 0 && view.journey.on_earlier === null ? 'earlier' : 'password';
      case 'key-made':
      case 'unregistered':
        return 'password';
      case 'issued':
        return 'details';
      case 'reviewed':
        return this.#acceptance ? 'sign' : 'terms';
      case 'signed':
        return 'sign';
      case 'active':
        if (this.declaresAnew) return this.#chooseDeclarationScreen(view.journey);
        if (this.#receiptWaits) return 'receipt';
        if (task === 'check-details') return view.journey.details_to_check ? 'details' : 'certificate';
        return task === null || task === 'import' || task === 'revoke' || task === 'new-terms' ? 'certificate' : task;
      case 'suspended':
      case 'revoked':
        return 'certificate';
      case 'stopped':
        return 'stopped';
    }
  }

  /** The way to a new declaration: what has changed, the terms, the signature. Wrong details would stop it. */
  #chooseDeclarationScreen(journey: JourneyView): Screen {
    if (journey.details_to_check) return 'certificate';
    if (this.#acceptance) return 'sign';
    if (!this.terms) return 'new-terms';
    return this.#changesSeen || this.terms.changed_da.length === 0 ? 'terms' : 'new-terms';
  }

  get #asksForNewDeclaration(): boolean {
    const journey = this.view?.journey;
    return journey?.step === 'active' && journey.terms_changed;
  }

  /** Runs a command that may leave a revocation code to keep. */
  async #enrolled(command: () => Promise<EnrolledView>): Promise<void> {
    await this.#advance(async () => {
      const enrolled = await command();
      this.revocationCode = enrolled.revocation_code;
      return enrolled.guide;
    });
  }

  /** Runs a command that changes the journey and takes its view over. A failed one may have got part of the way. */
  async #advance(command: () => Promise<GuideView>): Promise<void> {
    const suspensions = this.#suspensions;
    const outdone = (): boolean => this.#suspending || this.#suspensions !== suspensions;
    const view = await this.#run(command, outdone);
    if (view && !outdone()) {
      this.view = view;
    } else if (view || this.problem) {
      await this.#readAgain();
    }
  }

  async #readAgain(): Promise<void> {
    const suspensions = this.#suspensions;
    try {
      const view = await this.#backend.readGuide();
      // A suspension that was asked for meanwhile knows better.
      if (suspensions === this.#suspensions) this.view = view;
    } catch {
      // The command's own problem is on the screen already, and says what to do.
    }
  }

  /** Runs a command that signs or submits, and lets the receipt wait, however the declaration gets there. */
  async #declare(command: () => Promise<GuideView>): Promise<void> {
    // A certificate in use that is not signed for anew after all has no receipt to wait for.
    if (!this.#asksForNewDeclaration) this.#receiptWaits = true;
    let declared = false;
    await this.#advance(async () => {
      const view = await command();
      declared = this.#receiptWaits = true;
      return view;
    });
    // Terms that are no longer in force must not be accepted, nor shown, again.
    if (this.problem && READ_ANEW.includes(this.problem.code)) this.#forgetTerms();
    if (!declared && this.#asksForNewDeclaration) return;
    this.#receiptWaits = true;
    if (this.#task === 'new-terms') this.#task = null;
  }

  #forgetTerms(): void {
    this.#acceptance = null;
    this.#changesSeen = false;
    this.terms = null;
  }

  /**
   * Runs one command at a time. `undefined` where it failed, or where another still runs. A command that a suspension
   * has `outdone` has nothing to say of its failure.
   */
  async #run<T>(command: () => Promise<T>, outdone = (): boolean => false): Promise<T | undefined> {
    if (this.busy) return undefined;
    this.#commands += 1;
    this.#running = true;
    this.problem = null;
    this.passwordChanged = false;
    this.stages = [];
    try {
      return await command();
    } catch (thrown) {
      if (!outdone()) this.#show(thrown);
      return undefined;
    } finally {
      this.#running = false;
    }
  }

  #show(thrown: unknown): void {
    this.#problems += 1;
    this.problem = asProblem(thrown, this.#problems);
  }

  /** Asks the portal without being asked to, and without standing in anybody's way. */
  async #refreshInTheBackground(): Promise<void> {
    const step = this.view?.journey?.step;
    if (!step || !KNOWN_AT_THE_PORTAL.includes(step)) return;
    try {
      await this.#readInTheBackground(() => this.#backend.refreshState());
    } catch {
      this.refreshFailed = true;
    }
  }

  /** Takes a view over that nobody on this side asked for. A command that began meanwhile knows better. */
  async #readInTheBackground(read: () => Promise<GuideView>): Promise<void> {
    const commands = this.#commands;
    const view = await read();
    if (commands === this.#commands && !this.busy) this.view = view;
  }
}

const SECRET_REFUSED = ['password-wrong', 'pin-wrong', 'pin-wrong-last-try'];

/** Whether a problem is that what was typed does not open the key. */
export function secretRefused(code: string | undefined): boolean {
  return code !== undefined && SECRET_REFUSED.includes(code);
}

const [useGuide, provideGuide] = createContext<Guide>();
export { provideGuide, useGuide };
