import type { AcknowledgeActivityRequest } from '../bindings/AcknowledgeActivityRequest';
import type { ActivityView } from '../bindings/ActivityView';
import type { ArchivedDeclarationView } from '../bindings/ArchivedDeclarationView';
import type { ByCodeRequest } from '../bindings/ByCodeRequest';
import type { ChangePasswordRequest } from '../bindings/ChangePasswordRequest';
import type { ChooseLanguageRequest } from '../bindings/ChooseLanguageRequest';
import type { ChosenContainerView } from '../bindings/ChosenContainerView';
import type { ContainerView } from '../bindings/ContainerView';
import type { DecideOnEarlierRequest } from '../bindings/DecideOnEarlierRequest';
import type { DeliverDeclarationRequest } from '../bindings/DeliverDeclarationRequest';
import type { DiagnosisView } from '../bindings/DiagnosisView';
import type { DocumentRequest } from '../bindings/DocumentRequest';
import type { EnrolRequest } from '../bindings/EnrolRequest';
import type { EnrolledView } from '../bindings/EnrolledView';
import type { EvidenceRequest } from '../bindings/EvidenceRequest';
import type { ExaminationView } from '../bindings/ExaminationView';
import type { ExportCertificateRequest } from '../bindings/ExportCertificateRequest';
import type { FileAnswerView } from '../bindings/FileAnswerView';
import type { GuideView } from '../bindings/GuideView';
import type { ImportCertificateRequest } from '../bindings/ImportCertificateRequest';
import type { InspectFileRequest } from '../bindings/InspectFileRequest';
import type { JudgePasswordRequest } from '../bindings/JudgePasswordRequest';
import type { OpenInvitationRequest } from '../bindings/OpenInvitationRequest';
import type { PasswordJudgementView } from '../bindings/PasswordJudgementView';
import type { PasswordRequest } from '../bindings/PasswordRequest';
import type { PracticeInvitationView } from '../bindings/PracticeInvitationView';
import type { ProbeBegunView } from '../bindings/ProbeBegunView';
import type { ReadBackView } from '../bindings/ReadBackView';
import type { ReadContainerRequest } from '../bindings/ReadContainerRequest';
import type { ReviewDetailsRequest } from '../bindings/ReviewDetailsRequest';
import type { RevokeCertificateRequest } from '../bindings/RevokeCertificateRequest';
import type { SignDeclarationRequest } from '../bindings/SignDeclarationRequest';
import type { StageView } from '../bindings/StageView';
import type { StateByCodeView } from '../bindings/StateByCodeView';
import type { TermsView } from '../bindings/TermsView';
import type { UseLogView } from '../bindings/UseLogView';

/**
 * What the window asks of the program: one method a command of `src-tauri/src/commands`. Every promise is rejected with
 * a `ProblemView`.
 */
export interface Backend {
  /** Where things stand. */
  readGuide(): Promise<GuideView>;
  /** Practice mode: an invitation to play with. */
  offerPracticeInvitation(): Promise<PracticeInvitationView>;
  /** Opens an invitation and begins a journey. */
  openInvitation(request: OpenInvitationRequest): Promise<GuideView>;
  /** Says what is to happen to the certificates that the employee has already. */
  decideOnEarlier(request: DecideOnEarlierRequest): Promise<GuideView>;
  /** What a password that is being chosen is worth. */
  judgePassword(request: JudgePasswordRequest): Promise<PasswordJudgementView>;
  /** Makes the key, fetches the certificate, registers this computer; or goes on from where that stopped. */
  enrol(request: EnrolRequest): Promise<EnrolledView>;
  /** The person has kept the revocation code. */
  confirmRevocationCode(): Promise<GuideView>;
  /** Answers the details. */
  reviewDetails(request: ReviewDetailsRequest): Promise<GuideView>;
  /** The terms in force, verified. */
  readTerms(): Promise<TermsView>;
  /** Signs the declaration and submits it. */
  signDeclaration(request: SignDeclarationRequest): Promise<GuideView>;
  /** Submits the signed declaration again. */
  deliverDeclaration(request: DeliverDeclarationRequest): Promise<GuideView>;
  /** Locks the key here and asks the portal to suspend the certificate. */
  suspendCertificate(): Promise<GuideView>;
  /** Revokes the certificate, for good. */
  revokeCertificate(request: RevokeCertificateRequest): Promise<GuideView>;
  /** Suspends or revokes a certificate by its reference number and revocation code. Needs no journey. */
  actByCode(request: ByCodeRequest): Promise<StateByCodeView>;
  /** Reads the certificate's state three ways. */
  readBack(): Promise<ReadBackView>;
  /** Tells the portal what it has not been told yet. */
  tellPortal(): Promise<GuideView>;
  /** Reads the certificate's state at the portal. */
  refreshState(): Promise<GuideView>;
  /** Renews the certificate, or goes on from where that stopped. */
  renewCertificate(request: PasswordRequest): Promise<EnrolledView>;
  /** Asks for a new revocation code. */
  renewRevocationCode(request: PasswordRequest): Promise<EnrolledView>;
  /** Puts the reminder that is due off. */
  snoozeReminder(): Promise<GuideView>;
  /** Changes the password of the key. */
  changePassword(request: ChangePasswordRequest): Promise<GuideView>;
  /** Copies certificate and key into a file where the person chooses: its name, or `null` when they did not. */
  exportCertificate(request: ExportCertificateRequest): Promise<string | null>;
  /** Lets the person choose a certificate file with a key; `null` when they did not. */
  chooseContainer(): Promise<ChosenContainerView | null>;
  /** What is in the file that was chosen. */
  readContainer(request: ReadContainerRequest): Promise<ContainerView>;
  /** Takes a certificate with its key out of the file that was chosen, and begins a journey with it. */
  importCertificate(request: ImportCertificateRequest): Promise<EnrolledView>;
  /** Deletes the file that was chosen. */
  deleteContainer(): Promise<void>;
  /** Forgets the file that was chosen; it stays where it is. */
  forgetContainer(): Promise<void>;
  /** What was done with the certificate at the portal, the latest first. */
  readActivities(): Promise<ActivityView[]>;
  /** The person knows of an act at the portal that this computer does not know of. */
  acknowledgeActivity(request: AcknowledgeActivityRequest): Promise<ActivityView[]>;
  /** The own certificate, examined by what is at hand; `null` where there is none. */
  readCertificate(): Promise<ExaminationView | null>;
  /** How keys were used, the latest first. */
  readUseLog(): Promise<UseLogView>;
  /** Saves how keys were used where the person chooses: the file's name, or `null` when they did not. */
  saveUseLog(): Promise<string | null>;
  /** The declarations that were delivered from this computer. */
  readArchive(): Promise<ArchivedDeclarationView[]>;
  /** Saves one of them with all that it takes to verify it: the file's name, or `null` when they chose none. */
  saveEvidence(request: EvidenceRequest): Promise<string | null>;
  /** What is in a certificate file, or whether a signed document (PDF) holds. */
  inspectFile(request: InspectFileRequest): Promise<FileAnswerView>;
  /** Tries everything that is needed to sign. */
  diagnose(): Promise<DiagnosisView>;
  /** Gives the journey up. */
  startOver(): Promise<GuideView>;
  /** Opens a document in the computer's own viewer. */
  openDocument(request: DocumentRequest): Promise<void>;
  /** Saves a document where the person chooses: the file's name, or `null` when they did not. */
  saveDocument(request: DocumentRequest): Promise<string | null>;
  /** Remembers the language. */
  chooseLanguage(request: ChooseLanguageRequest): Promise<GuideView>;
  /** Prints what the window shows. */
  printPage(): Promise<void>;
  /** Tells the listener what is being done, as long as the window lives. */
  listenToProgress(listener: (stage: StageView) => void): Promise<void>;
  /** Tells the listener that the program has found something new by itself: the guide is to be read again. */
  listenToChanges(listener: () => void): Promise<void>;
  /** Tells the listener what a diagnosis tries, as long as the window lives. */
  listenToProbes(listener: (probe: ProbeBegunView) => void): Promise<void>;
}
