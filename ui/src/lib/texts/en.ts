// English: the second language. Danish words inside a text stand in ‹…› (see Phrase.svelte).

import type { ActivityKindView } from '../bindings/ActivityKindView';
import type { CertificateKindView } from '../bindings/CertificateKindView';
import type { ChainRoleView } from '../bindings/ChainRoleView';
import type { DetailFieldView } from '../bindings/DetailFieldView';
import type { EnvironmentView } from '../bindings/EnvironmentView';
import type { FileFormatView } from '../bindings/FileFormatView';
import type { GenerationView } from '../bindings/GenerationView';
import type { IssuerStateView } from '../bindings/IssuerStateView';
import type { KeyPurposeView } from '../bindings/KeyPurposeView';
import type { LinkStateView } from '../bindings/LinkStateView';
import type { PasswordReasonView } from '../bindings/PasswordReasonView';
import type { PortalStateView } from '../bindings/PortalStateView';
import type { ProbeTargetView } from '../bindings/ProbeTargetView';
import type { RevocationReasonView } from '../bindings/RevocationReasonView';
import type { StageView } from '../bindings/StageView';
import type { StatusStateView } from '../bindings/StatusStateView';
import type { TermsPlaceView } from '../bindings/TermsPlaceView';
import type { VerdictView } from '../bindings/VerdictView';
import type { ComparedPair } from '../compared-terms';
import type { FileRefusal } from '../visits.svelte';
import type { ConsentText, DetailText, Explained } from './da';
import type { Texts } from './index';
import { archive, verified } from './signed-documents.en';

const details: Record<DetailFieldView, DetailText> = {
  name: {
    label: 'Your name',
    meaning: 'The name shows the portal who you are. It should be spelled as you spell it yourself.',
  },
  organisation: {
    label: 'Your employer',
    meaning: 'The organisation on whose behalf you use the certificate.',
  },
  cvr: {
    label: "The employer's CVR number",
    meaning: 'The number says exactly which organisation it is. You find it on your payslip.',
  },
  'employee-id': {
    label: 'Your employee id',
    meaning: 'A number made for you in this organisation. Answer “wrong” only if you were told another one.',
  },
  email: {
    label: 'Your e-mail at work',
    meaning: 'Where the portal and your LRA can write to you.',
  },
  issuer: {
    label: 'Issuer',
    meaning: 'Who issued the certificate and answers for it.',
  },
  validity: {
    label: 'Validity',
    meaning: 'The period in which the certificate can be used. It may not be used before or after.',
  },
  purpose: {
    label: 'Purpose',
    meaning: 'What you may use the certificate for.',
  },
};

const stages: Record<StageView, string> = {
  'probing-keychain': "Trying the computer's keychain",
  'making-key': 'Making your key',
  'unlocking-key': 'Unlocking your key',
  'fetching-certificate': 'Fetching your certificate',
  'checking-certificate': 'Checking the certificate',
  'registering-device': 'Registering this computer',
  'asking-status': 'Asking whether the certificate is still good',
  'fetching-terms': 'Fetching the terms',
  'rendering-declaration': 'Writing the declaration',
  signing: 'Signing',
  'time-stamping': 'Getting a time-stamp',
  submitting: 'Sending to the portal',
  'checking-receipt': 'Checking the receipt',
  'reading-container': 'Reading the file with the key',
  'writing-container': 'Writing the file with the key',
  revoking: 'Asking the portal to revoke',
};

const consents: Record<string, ConsentText> = {
  publication: {
    label: "My certificate may be shown in Arbejdsmarkedsportalen's user database.",
    meaning: 'Other users of the portal can see your certificate. Your CPR number is never shown.',
  },
  'cpr-registration': {
    label: 'The Ministry of Employment may register my CPR number.',
    meaning:
      'This is done when the certificate is issued and while it is in use. The number is not kept on this computer.',
  },
  'retention-six-years': {
    label: 'The Ministry of Employment may keep the information for 6 years.',
    meaning: 'The 6 years count from the day on which the certificate was issued.',
  },
};

const kinds: Record<CertificateKindView, Explained> = {
  employee: {
    label: 'Employee certificate',
    meaning: 'Logging in and signing as an employee, on behalf of the organisation',
  },
  organisation: {
    label: 'Organisation certificate',
    meaning: 'Logging in and signing for the organisation as a whole',
  },
  function: { label: 'Function certificate', meaning: 'A function or an IT system of the organisation' },
  personal: { label: 'Personal certificate', meaning: 'Logging in and signing as a private person' },
  ca: { label: "An issuer's certificate", meaning: 'Issuing other certificates and answering for them' },
  other: { label: 'Another kind of certificate', meaning: 'The certificate does not say' },
};

const environments: Record<EnvironmentView, string> = {
  production: 'Real use (production)',
  test: 'Test or practice',
  unknown: 'It cannot be told',
};

const generations: Record<GenerationView, string> = {
  oces1: 'OCES1, issued until about 2012',
  oces2: 'OCES2, issued until October 2023',
  oces3: 'OCES3, the one of today',
  other: 'Not an OCES certificate',
};

const roles: Record<ChainRoleView, string> = {
  'end-entity': 'The certificate',
  authority: 'Issuer',
  'trust-anchor': 'Root – the one that the computer trusts',
};

const links: Record<LinkStateView, string> = {
  holds: 'In order',
  'status-untold': 'In order, but not checked for revocation',
  'not-yet-valid': 'Not valid yet',
  expired: 'Expired',
  suspended: 'Suspended',
  revoked: 'Revoked',
  unproven: 'Not proven',
  broken: 'Not in order',
};

const statuses: Record<StatusStateView, string> = {
  good: 'that it is good',
  suspended: 'that it is suspended',
  revoked: 'that it is revoked',
  unknown: 'that it is not known there',
};

const keyUsages: Record<string, string> = {
  digitalSignature: 'Logging in',
  nonRepudiation: 'Signing bindingly',
  keyEncipherment: 'Receiving encrypted keys',
  dataEncipherment: 'Receiving encrypted data',
  keyAgreement: 'Agreeing on a shared key',
  keyCertSign: 'Issuing certificates',
  cRLSign: 'Publishing revocation lists',
  encipherOnly: 'Encrypting only',
  decipherOnly: 'Decrypting only',
};

const verdicts: Record<VerdictView, { title: string; text: string }> = {
  valid: {
    title: 'The certificate looks right',
    text: 'It was issued by someone whom the computer trusts, and it is valid today.',
  },
  invalid: {
    title: 'The certificate is not in order',
    text: 'Below you find what is wrong and what you can do.',
  },
  indeterminate: {
    title: 'It cannot be told whether the certificate is in order',
    text: 'Below you find what is missing.',
  },
};

const fileFormats: Record<FileFormatView, string> = {
  pem: 'Text file (PEM)',
  der: 'Certificate (DER)',
  pkcs7: 'A collection of certificates (PKCS #7)',
  pkcs12: 'A file for a certificate and its key (PKCS #12)',
};

const refusals: Record<FileRefusal, { title: string; text: string }> = {
  'too-large': {
    title: 'The file is too large',
    text: 'At most 4 MB of a certificate file and 2 MB of a declaration are read. This is probably another kind of file.',
  },
  empty: { title: 'The file is empty', text: 'There is nothing in it. Try to get it again from where you got it.' },
  'not-recognised': {
    title: 'This is neither a certificate file nor a signed PDF',
    text: 'The names of certificate files usually end in .cer, .crt, .pem, .der, .p7b, .p12 or .pfx. Those of declarations and receipts end in .pdf.',
  },
  'no-certificate': {
    title: 'There is no certificate in the file',
    text: 'The file can be read, but it holds something else. See whether there is another file beside it.',
  },
  'key-only': {
    title: 'The file holds a key and no certificate',
    text: 'The key was not read. Such a file may only lie where nobody else can get at it. If in doubt, show it to your IT department.',
  },
  damaged: {
    title: 'The file is damaged',
    text: 'It begins as a certificate file, but the rest cannot be read. Try to get it again from where you got it.',
  },
  unsupported: {
    title: 'The file is locked in a way that the program does not know',
    text: 'Ask whoever gave you the file to save it in a newer way (PKCS #12 with AES).',
  },
  several: { title: 'Choose one file at a time', text: 'Several files came. Drop or choose only one.' },
  folder: { title: 'This is a folder', text: 'Open the folder, and choose the file itself.' },
  unreadable: {
    title: 'The file cannot be read',
    text: 'Perhaps it was moved, or you are not allowed to read it. Copy it to a folder of your own, and try again.',
  },
};

const probes: Record<ProbeTargetView, Explained> = {
  keychain: { label: 'The keychain', meaning: 'Where your key lies on this computer' },
  token: { label: 'The key device', meaning: 'The card, USB key or security chip on which your key lies' },
  journal: { label: 'What the computer remembers', meaning: 'How far you are, and which certificates you have' },
  clock: { label: "The computer's clock", meaning: "It must agree with the portal's" },
  proxy: { label: "The workplace's proxy", meaning: 'What stands between the computer and the internet' },
  portal: { label: 'The portal', meaning: 'Whom you sign to' },
  ocsp: { label: 'The answer about revocation', meaning: 'Says whether the certificate is still good (OCSP)' },
  'revocation-list': { label: 'The revocation list', meaning: "The issuer's list of revoked certificates (CRL)" },
  'time-stamp': { label: 'The time stamp', meaning: 'Bears witness to when something was signed (TSA)' },
};

const rejected: Record<PasswordReasonView, string> = {
  'too-short': 'The password must have at least 10 characters.',
  'too-long': 'The password is too long. Choose a shorter one.',
  guessable: 'The password is too easy to guess. Take four random words, and no names.',
};

const purposes: Record<KeyPurposeView, string> = {
  'certification-request': 'Order of the certificate',
  'device-registration': 'Registration of this computer',
  'declaration-signature': 'Signature on the security declaration',
  'declaration-submission': 'Delivery of the security declaration',
  'password-change': 'Change of password',
  'key-import': 'The key taken from a file',
  'key-export': 'The key copied into a file',
  renewal: 'Renewal of the certificate',
  revocation: 'Revocation of the certificate',
};

const portalStates: Record<PortalStateView, string> = {
  'awaiting-declaration': 'waits for the declaration',
  active: 'in use',
  suspended: 'suspended',
  revoked: 'revoked',
};

const issuerStates: Record<IssuerStateView, string> = {
  good: 'good',
  suspended: 'suspended',
  revoked: 'revoked',
  unknown: 'not known',
};

const reasons: Record<RevocationReasonView, Explained> = {
  'key-compromise': {
    label: 'Others may have got hold of my key',
    meaning: 'The computer or the password was stolen, seen or shared, or something happened that I do not know.',
  },
  'affiliation-changed': {
    label: 'My details have changed',
    meaning: 'A new name, e-mail address or employer. Your LRA then sends a new invitation.',
  },
  superseded: {
    label: 'I got another certificate instead',
    meaning: 'The new one is in use, and this one is not to be used any more.',
  },
  'cessation-of-operation': {
    label: 'I do not need it any more',
    meaning: 'You change your work or your tasks, and will not log in any more.',
  },
  'wrong-details': {
    label: 'A detail in the certificate is wrong',
    meaning: 'Something in the certificate was not right from the start.',
  },
};

const activityKinds: Record<ActivityKindView, string> = {
  'log-in': 'Log-in',
  declaration: 'Security declaration delivered',
  'device-registration': 'A computer registered',
  renewal: 'Certificate renewed',
  revocation: 'Certificate revoked',
};

const places: Record<TermsPlaceView, string> = {
  title: 'The title',
  preamble: 'The introduction',
  section: 'Item',
  clause: 'Item',
  closing: 'The closing words',
};

const changes: Record<ComparedPair['kind'], string> = {
  changed: 'Changed',
  new: 'New',
  gone: 'Removed',
  unchanged: 'Unchanged',
};

const usesReasons: Record<string, string> = {
  'wrong-step': 'Something else had happened meanwhile',
};

const inSeconds = (seconds: number): string => (seconds === 1 ? 'in 1 second' : `in ${seconds} seconds`);
/** Up to two minutes in seconds. */
const soon = (seconds: number): string =>
  seconds < 120 ? inSeconds(seconds) : `in ${Math.ceil(seconds / 60).toLocaleString('en-GB')} minutes`;
const times = (number: number): string => (number === 1 ? 'once' : `${number.toLocaleString('en-GB')} times`);
const onDays = (number: number): string => (number === 1 ? 'on 1 day' : `on ${number.toLocaleString('en-GB')} days`);

export const en: Texts = {
  language: 'English',
  product: 'Certifikatguide',
  header: {
    practice: 'Practice',
    practiceMeaning: 'You are practising. Nothing here counts.',
    languages: 'Language',
    skip: 'Skip to the content',
    suspend: 'Suspend',
    suspendNamed: 'Suspend the certificate',
  },
  footer: {
    support: (phone) => `Support: ${phone}`,
    portal: (portal) => `Portal: ${portal}`,
    version: (version) => `Version ${version}`,
    help: 'Help',
    doctor: "Why can't I sign?",
    file: 'Look at a certificate file or a declaration',
    byCode: 'Suspend without the key',
  },
  steps: {
    label: 'Steps',
    position: (number, of, name) => `Step ${number} of ${of}: ${name}`,
    done: 'done',
    names: ['Invitation', 'Your key', 'Check the details', 'Terms', 'Sign', 'Receipt'],
  },
  common: {
    tryAgain: 'Try again',
    cancel: 'Cancel',
    working: 'Please wait …',
    phone: 'Telephone',
    email: 'E-mail',
    support: "The portal's support",
    authority: 'Your LRA',
    startOver: 'Start over with a new invitation',
    startOverTitle: 'Do you want to start over?',
    startOverText:
      'What you have reached with this invitation is forgotten on this computer. If the key has been made, you need a new invitation from your LRA.',
    startOverSuspendsText:
      'Your certificate is suspended at the portal, so that nobody can use it, and the key is deleted on this computer. To begin again you need a new invitation from your LRA.',
    startOverConfirm: 'Yes, start over',
    showPassword: 'Show the password',
    hidePassword: 'Hide the password',
    print: 'Print',
    back: 'Back',
    investigate: 'Find out what is wrong',
  },
  problem: {
    silent: (hosts) => `Did not answer: ${hosts}`,
    retryIn: (seconds) => `Try again ${soon(seconds)}`,
    retryNow: 'You can try again now',
    shortly: (seconds) => `(${soon(seconds)})`,
  },
  starting: {
    title: 'Certifikatguide is opening',
    failed: 'Certifikatguide could not open',
  },
  welcome: {
    title: 'Welcome',
    lead: 'Here you get your employee certificate. It is your way into ‹Arbejdsmarkedsportalen›.',
    howTitle: 'What will happen',
    how: [
      'You type the reference number and the one-time code from your invitation.',
      'Your key is made, and only you can unlock it.',
      'You check the details in the certificate.',
      'You read the terms and sign them.',
      'You get a receipt, and the certificate can be used.',
    ],
    pause: 'You can close the program on the way and go on where you left off.',
    formTitle: 'Your invitation',
    reference: 'Reference number',
    referenceHint: 'In the invitation, for example ABCD-1234-EFGH',
    code: 'One-time code',
    codeHint: 'You got it separately, for example in a text message or from your LRA',
    authority:
      'The LRA (local registration authority) is the person at your workplace who orders certificates. If you have no invitation, ask your manager.',
    open: 'Continue',
    practiceTitle: 'Just want to try?',
    practiceText:
      'The practice portal can give you an invitation, so that you can see the whole process. Nothing here counts.',
    practiceUse: 'Use a practice invitation',
    referenceMissing: 'Type the reference number from your invitation.',
    codeMissing: 'Type the one-time code.',
    otherTitle: 'Something else?',
    import: 'I have a certificate file',
    importText: 'If you have your employee certificate in a file (.p12 or .pfx), it can be taken in here.',
    byCode: 'Suspend a certificate without the key',
    byCodeText: 'If the computer is gone, you can close the certificate with its reference number and revocation code.',
  },
  password: {
    title: 'Choose a password',
    titleContinue: 'Continue with your password',
    forWhom: 'The invitation is for',
    forWhomImported: 'The certificate is for',
    name: 'Name',
    email: 'E-mail',
    organisation: 'Employer',
    orderedBy: 'Ordered by',
    notMe: 'If this is not you, do not go on. Call your LRA.',
    explanation:
      "Your key is now made here on the computer. It is kept in the computer's keychain and locked with your password. The key never leaves the computer, and nobody else knows the password.",
    continueKeyMade:
      'Your key has been made, but the certificate has not been fetched yet. Type the password that you chose, and we go on.',
    continueUnregistered:
      'Your certificate has been fetched, but you have not kept a revocation code yet. Type the password that you chose, and you get one. If you got one before, it then no longer works.',
    code: 'One-time code',
    codeHint: 'The same one-time code as before. It is never kept on the computer, so it must be typed again.',
    new: 'New password',
    newHint: 'At least 10 characters. Good advice: use four random words, for example from four pages of a book.',
    again: 'The password again',
    againHint: 'So that we know that it is typed correctly.',
    existing: 'Your password',
    existingHint: 'The one that you chose here in Certifikatguide.',
    remember: 'Remember it well. If it is forgotten, nobody can find it.',
    make: 'Make my key',
    continue: 'Continue',
    rejected,
    strength: (words) => `Strength: ${words}`,
    strengths: ['very easy to guess', 'too easy to guess', 'hard to guess', 'very hard to guess'],
    unfit: { 'too-short': 'too short as yet', 'too-long': 'too long' },
    different: 'The two passwords are not the same.',
    missing: 'Type the password.',
    codeMissing: 'Type the one-time code.',
  },
  pin: {
    probing: 'Trying the key device',
    show: 'Show the PIN',
    hide: 'Hide the PIN',
    enrol: {
      title: 'Make the key on your key device',
      titleContinue: 'Continue with your PIN',
      explanation:
        "Your key is now made on the key device (token): a card, a USB key or the computer's security chip. The key cannot leave it. It only opens with the key device's PIN.",
      continueKeyMade:
        'Your key has been made, but the certificate has not been fetched yet. Put the key device in and type its PIN, and we go on.',
      continueUnregistered:
        'Your certificate has been fetched, but you have not kept a revocation code yet. Put the key device in and type its PIN, and you get one. If you got one before, it then no longer works.',
      existing: 'PIN of the key device',
      existingHint: 'The one that you were given or chose for the key device. After some wrong tries it locks itself.',
      missing: 'Type the PIN.',
    },
    sign: {
      password: 'PIN of the key device',
      passwordHint: 'The key device must be in. Your signature is made on it.',
      passwordMissing: 'Type the PIN.',
    },
  },
  revocationCode: {
    title: 'Keep your revocation code',
    lead: 'The code is shown only until you have kept it.',
    why: 'With the revocation code you can have the certificate suspended even without this computer – for example if it has been stolen. Choose “Suspend without the key” in Certifikatguide on another computer, or call the support.',
    label: 'Revocation code (‹spærrekode›)',
    reference: 'Reference number',
    advice: 'Write the code down or print it. Keep it somewhere else than with the computer.',
    kept: 'I have kept the code',
  },
  details: {
    title: 'Check the details',
    leadAgain:
      'The certificate is new or was opened again. It is your duty to check that what it says is right. Answer each detail.',
    lead: 'Your certificate has been fetched. It is your duty to check that what it says is right. Answer each detail.',
    correct: 'Correct',
    wrong: 'Wrong',
    answered: (number, of) => `${number} of ${of} answered`,
    next: 'Continue',
    unanswered: 'Answer correct or wrong.',
    confirmTitle: 'Should the certificate be revoked?',
    confirmLead: 'You answered that this is wrong:',
    confirmText:
      'The process then stops here, and the certificate is revoked (‹spærret›). This cannot be undone. Then call your LRA, who can order a new one with the right details.',
    confirm: 'Yes, revoke the certificate',
    cancel: 'No, change my answers',
    fields: details,
  },
  stopped: {
    title: 'The process has stopped',
    lead: 'You found a mistake in the certificate. Good that you checked. The certificate cannot be used.',
    wrongTitle: 'These details are wrong',
    portalTitle: 'What the portal answered',
    portalRevoked: 'The portal has revoked (‹spærret›) the certificate.',
    portalOther: (state) =>
      `The portal says that the certificate is: ${state}. Call the support, so that it is revoked.`,
    portalWaiting: 'The portal has not been told yet. The certificate is locked on this computer.',
    callTitle: 'Whom to call',
    callText: 'Say which details are wrong, and ask for a new invitation.',
    tell: 'Tell the portal',
  },
  terms: {
    title: 'Read the terms',
    lead: 'This is what you sign. Read it through, and take the time you need.',
    binding: 'The Danish text is the binding one. The English is for understanding.',
    print: 'Print the terms',
    save: 'Save the terms',
    saved: (name) => `Saved as ${name}`,
    consentsTitle: 'Your consents',
    consentsLead: 'The terms ask for these consents. Tick each of them if you agree.',
    acceptTitle: 'Your acceptance',
    accept: 'I have read and accept the terms',
    next: 'Go to signing',
    consentMissing: 'Tick this if you give the consent. Without it the certificate cannot be put to use.',
    acceptMissing: 'Tick this when you have read the terms and accept them.',
    version: (version) => `Version ${version}`,
    consents,
    changes: 'See what has changed since your last declaration',
    noComparison:
      'The terms have changed since your last declaration. The earlier version is not on this computer, so it cannot be shown beside this one. Read the whole text here.',
  },
  newTerms: {
    title: 'What has changed in the terms',
    lead: '“Before” is what you signed last. “Now” is what applies from here on. After that you can read the whole text and sign.',
    number: (number) => (number === 1 ? '1 place has changed.' : `${number} places have changed.`),
    showAll: 'Show the whole text',
    before: 'Before',
    after: 'Now',
    notBefore: 'It was not there.',
    notNow: 'It is no longer there.',
    removedFrom: '[removed: ',
    removedTo: ' – end of removed] ',
    addedFrom: '[added: ',
    addedTo: ' – end of added] ',
    former: (place) => `Former ${place.toLowerCase()}`,
    places,
    kinds: changes,
    next: 'Go to the terms',
  },
  level: {
    track: 'How far the declaration has come',
    stations: {
      signed: 'Signed',
      'time-stamped': 'Time-stamped',
      delivered: 'Delivered',
      receipted: 'Receipt',
    },
    done: 'done',
    notDone: 'not yet',
    signed: 'Signed. The time is not proven yet; that happens by itself.',
    timeStamped: 'The time is proven (time-stamp).',
    timeStampedAt: (at) => `The time is proven (time-stamp): ${at}.`,
    longTerm: 'Can be verified many years from now (B-LT): all that it takes is in the document.',
    provenAt: (at) => `The time is proven: ${at}.`,
  },
  sign: {
    title: 'Sign',
    lead: 'You are almost done. Check what you are signing.',
    titleDeliver: 'Send the declaration',
    leadDeliver:
      'The declaration is signed and kept on this computer, but the portal does not have it yet. It is registered only once.',
    what: 'What you sign',
    whatValue: (version) => `The security declaration, version ${version}, with your consents`,
    who: 'You sign as',
    onBehalfOf: 'On behalf of',
    withCertificate: 'With the certificate',
    certificateValue: (serial) => `Serial number ${serial}`,
    to: 'The declaration is sent to',
    signedAt: 'Signed',
    password: 'Your password',
    passwordHint: 'It unlocks the key. Your signature is made with the key here on the computer.',
    passwordMissing: 'Type the password.',
    sign: 'Sign and send',
    deliver: 'Send the declaration',
    inUseTitle: 'The certificate is in use already',
    inUse:
      'That is why you cannot start over here. The new declaration is ready on this computer. If the portal does not answer, it is not lost: send it again later.',
    back: 'Back to the terms',
  },
  receipt: {
    title: 'Thank you – you are done',
    lead: 'The portal has received and accepted your declaration. Your certificate can be used.',
    leadPractice:
      'The practice portal has received and accepted your declaration. This is practice: nothing here counts.',
    acceptedAt: 'Received',
    documentsTitle: 'Your documents',
    documentsText: 'You also find them under “My certificate”, whenever you need them.',
    go: 'Go to My certificate',
  },
  documents: {
    declaration: 'The signed declaration',
    elsewhere: 'The declaration was signed on another computer. It and the receipt are there.',
    receipt: "The portal's receipt",
    kind: 'PDF',
    open: 'Open',
    save: 'Save',
    openNamed: (document) => `Open: ${document}`,
    saveNamed: (document) => `Save: ${document}`,
    saved: (name) => `Saved as ${name}`,
  },
  certificate: {
    title: 'My certificate',
    state: 'Status',
    valid: 'Valid',
    validText: 'You can log in to ‹Arbejdsmarkedsportalen› with it.',
    validTextPractice: 'It is a practice certificate. It gives access to nothing.',
    faulty: 'Not in order',
    faultyText: 'Something is wrong with the certificate, so it cannot be used. Below you find what you can do.',
    early: 'Not valid yet',
    earlyText: "The validity has not begun, says the computer's clock. See whether the clock is right.",
    expired: 'Expired',
    expiredText: 'The validity is over. The certificate may not be used any more. Ask your LRA for a new one.',
    suspended: 'Suspended',
    suspendedText: 'The certificate is on hold and cannot be used. Only your LRA can lift the suspension.',
    revoked: 'Revoked',
    revokedText:
      'The certificate is closed for good (‹spærret›). Ask your LRA for a new invitation if you need a new one.',
    holder: 'Issued to',
    since: 'Since',
    documentsTitle: 'Your documents',
    suspendTitle: 'Do you suspect misuse?',
    suspendText:
      'Suspend at once. Then nobody can use the certificate until your LRA opens it again. You do not need your password.',
    suspendLockedText:
      'This portal cannot suspend. Lock the key here at once, and then revoke the certificate for good.',
    suspend: 'Suspend certificate',
    confirmTitle: 'Suspend the certificate now?',
    confirmText: 'The key is locked on this computer at once, and the portal is told. Only your LRA can lift it again.',
    confirm: 'Yes, suspend now',
    alarmTitle: 'Do you not know why it is revoked?',
    alarmText:
      'If somebody else has renewed the certificate with your key, the new one still counts. Raise the alarm, and it is suspended.',
    alarm: 'Raise the alarm',
    alarmConfirmTitle: 'Raise the alarm now?',
    alarmConfirmText:
      'The portal suspends the certificate that may have taken the place of yours. Only your LRA can lift it again.',
    alarmConfirm: 'Yes, raise the alarm',
    alarmTold: 'The portal has your alarm',
    alarmToldText: (phone) =>
      `If there is a new certificate, it is suspended now. Call your LRA or ${phone}, and ask for a new invitation.`,
    alarmNotTold: 'The portal does not have your alarm yet',
    alarmNotToldText: (phone) =>
      `Try again now, or call support on ${phone}, and say that somebody else may have renewed your certificate.`,
    lockTitle: 'Lock the key now?',
    lockText:
      'This portal cannot suspend. The key is locked on this computer at once, but the certificate still counts at the portal until it is revoked for good.',
    lock: 'Yes, lock the key here',
    revokeInstead: 'Revoke for good instead',
    readBackTitle: "The portal's answer",
    seeActivities: 'See what the certificate was used for at the portal',
    readBack: (state, at) => `${state} (${at})`,
    answered: (at, state) => `The portal answered on ${at}: ${state}`,
    notTold: 'The portal has not been told yet',
    notToldText: (phone) =>
      `The certificate is locked on this computer, but the portal does not know. Try again now, or call the support on ${phone} and ask them to suspend it.`,
    notToldLockedText: (phone) =>
      `The portal cannot suspend. The key is locked on this computer, but the certificate still counts at the portal. Revoke it for good with the revocation code, or call the support on ${phone}.`,
    tell: 'Tell the portal again',
    expiredCallText:
      'An expired certificate cannot be renewed. Ask your LRA for a new invitation. With it you start over.',
    termsTitle: 'The terms have changed',
    termsText:
      'See what is new, and sign a new declaration. Your certificate works meanwhile; the portal decides for how long.',
    termsAfterDetails: 'First check the details in the certificate, below. Then you can sign a new declaration.',
    terms: 'See what has changed',
    checkTitle: 'Check the details in the certificate',
    checkText: 'The certificate is new or was opened again. See whether what it says is right.',
    check: 'Check now',
    codeTitle: 'You have not kept your new revocation code',
    codeText: 'The old one no longer works. Get a new one, so that you can suspend without the computer.',
    code: 'Get a new revocation code',
    renewTitle: 'The certificate can be renewed',
    renewBegunTitle: 'The renewal is not finished',
    renewText: (day) => `It expires on ${day}. You can use it until the new one is in place.`,
    renewBegunText: 'Your certificate is still valid. Finish the renewal when you are ready.',
    renew: 'Renew the certificate',
    renewBegun: 'Finish the renewal',
    moreTitle: 'What else you can do',
    changed: 'My details have changed',
    changedText:
      'A new name, e-mail address or employer. The certificate is revoked, and your LRA sends a new invitation.',
    changePassword: 'Change the password',
    changePasswordText: 'If you want another one, or somebody may have seen it.',
    passwordChanged: 'The password has been changed. Use the new one from now on.',
    export: 'Save certificate and key in a file',
    exportText: 'Your organisation allows a copy (PKCS #12).',
    revoke: 'Revoke for good',
    revokeText: 'The certificate is closed for good (‹spærret›). If in doubt, suspend it instead.',
    byCode: 'Use the revocation code',
    byCodeRevoke: 'Revoke for good with the revocation code',
    byCodeText:
      'The key is locked, so from here it can only be revoked with the reference number and the revocation code.',
    refresh: 'Ask the portal',
    refreshFailed: 'The portal cannot be reached right now. This is what the computer was told last.',
    callTitle: 'Whom to call',
    callText: 'Say what you suspect. Your LRA decides whether the certificate can be opened again or must be revoked.',
    purpose: 'Purpose',
    detailsTitle: 'See the details that you checked',
    detailsOf: 'See the details in it',
    unexamined: 'The chain and the technical details cannot be shown right now.',
    referenceNumber: 'Reference number',
    states: portalStates,
  },
  description: {
    who: 'Issued to',
    nobody: 'There is no name in it',
    organisation: 'Organisation',
    organisationWithCvr: (name, cvr) => `${name} (CVR\u00a0${cvr})`,
    email: 'E-mail',
    kind: 'Kind',
    purpose: 'Used for',
    kinds,
    environments,
    test: 'Test',
    cvrFails: 'The check digit of the CVR number is wrong. So are those of official test numbers: look for yourself.',
  },
  status: {
    ocsp: (at, that) => `The issuer answered on ${at} ${that}.`,
    list: (at, that) => `The issuer's revocation list of ${at} says ${that}.`,
    that: statuses,
    since: (at) => `It has been so since ${at}.`,
    until: (at) => `The answer counts until ${at}.`,
    untilOver: (at) => `The answer only counted until ${at}, so the issuer has to be asked again.`,
    untilOpen: 'The issuer does not say how long the answer counts.',
    untoldOwn: 'The issuer has not been asked yet. That is done each time before the key is used.',
    untoldFile:
      'The issuer was not asked whether the certificate is revoked: a file is only read here on the computer.',
  },
  timeline: {
    title: 'Validity',
    issued: 'Valid from',
    today: 'Today',
    expires: 'Expires',
    expired: 'Expired',
    daysLeft: (days) => (days === 1 ? '1 day left' : `${days.toLocaleString('en-GB')} days left`),
  },
  chain: {
    title: 'Why the computer trusts it',
    titleUnproven: 'The chain behind the certificate',
    lead: 'A certificate counts because an issuer answers for it, and a root answers for the issuer.',
    roles,
    states: links,
    issuedBy: 'was issued by',
    until: (day) => `Valid until ${day}`,
    stops: 'The chain stops here',
    stopsText: (issuer) => `“${issuer}” is not an issuer that the computer knows.`,
  },
  findings: {
    title: 'What was found',
    about: (name) => `About: ${name}`,
    severities: { error: 'Wrong', indeterminate: 'Missing', warning: 'Good to know' },
    facts: 'For the support',
  },
  technical: {
    title: 'Technical details',
    issuer: 'Issuer',
    issuerMeaning: 'Who made the certificate and signed it.',
    serial: 'Serial number',
    serialMeaning: "The issuer's number for just this certificate. It is what stands on a revocation list.",
    fingerprint: 'Fingerprint (SHA-256)',
    fingerprintMeaning:
      'A number computed from the whole certificate. If it is the same in two places, so is the certificate.',
    employeeId: 'Employee id',
    generation: 'Generation',
    generations,
    environment: 'Meant for',
    key: 'Key',
    keyMeaning: 'Its kind and length. Longer is harder to work out.',
    signature: "The issuer's signature",
    signatureMeaning: 'The method with which the issuer signed.',
    keyUsage: 'The key may be used for',
    keyUsages,
    policies: 'Rules (certificate policy)',
    policiesMeaning: 'Numbers of the rules under which the certificate was issued.',
    none: 'None given',
  },
  file: {
    title: 'Certificate file or declaration',
    lead: 'Drop a certificate file here to see what its certificate says and whether it is in order. You can also drop a signed declaration or receipt (PDF) to see whether it holds. The file is only read. It is not kept, and not sent anywhere.',
    choose: 'Choose a file (certificate or PDF)',
    chooseAnother: 'Choose another file',
    or: 'You can also drag a file onto the window.',
    drop: 'Drop the certificate or the declaration (PDF) to look at the file',
    reading: 'Reading the file …',
    verifying: 'Verifying the document. It takes a moment …',
    aDocument: 'This is a file. It was only read: nothing was changed, kept or sent.',
    named: (name) => `The file “${name}”`,
    nameless: 'The file has no name',
    aFile: 'This is a file, not “My certificate”. It was only read: it was not put to use, and nothing was kept.',
    keyTitle: 'The file also holds a private key',
    keyText:
      'The key was not read. Do not leave the file where others can get at it: whoever has both the file and its password can sign as the one to whom the certificate was issued.',
    passwordTitle: 'The file is locked',
    passwordText: 'Type the password of the file. It is only used to open the file now, and it is not kept.',
    password: 'Password of the file',
    passwordHint: 'You got it together with the file. It is not your password for Certifikatguide.',
    passwordMissing: 'Type the password of the file.',
    passwordWrong: 'The password does not open the file. Look at capital and small letters, and try again.',
    open: 'Open the file',
    verdicts,
    format: 'The file',
    formats: fileFormats,
    certificates: (number) =>
      `${number.toLocaleString('en-GB')} certificates. Shown is the one that the others belong to.`,
    refusals,
  },
  doctor: {
    title: "Why can't I sign?",
    lead: 'Here the computer tries, one by one, everything that has to work when you sign. Nothing is changed, and your key is not used.',
    working: 'Looking …',
    trying: (name) => `Trying: ${name}`,
    allWell: 'Everything works',
    allWellText: 'The computer found nothing that keeps you from signing.',
    nextStep: 'Nothing is in the way',
    nextStepText: 'Only a step is still to be taken. Go back, and go on where you were.',
    notReady: 'The connection works, but there is no certificate that can be used',
    notReadyText: 'Below you find what each certificate lacks.',
    nothingYet: 'The connection works, but there is no certificate yet',
    nothingYetText: 'Go back and open your invitation. Then you get a certificate to sign with.',
    fails: (more) =>
      more === 1
        ? 'One thing more does not work. Begin with the first: the other may follow from it.'
        : `${more} things more do not work. Begin with the first: the others may follow from it.`,
    failsOne: 'Below you find what you can do.',
    failingTitle: 'What does not work',
    testedTitle: 'Everything that was tried',
    probes,
    results: { works: 'Works', fails: 'Does not work', 'not-used': 'Not used here' },
    at: (address) => `Address: ${address}`,
    certificatesTitle: 'Certificates on this computer',
    noCertificates: 'There are no certificates on this computer yet.',
    above: 'See at the top what you can do about it.',
    usable: 'In order',
    unusable: 'Cannot be used',
    past: 'Former certificate',
    practice: 'Practice',
    portal: (portal) => `Portal: ${portal}`,
    again: 'Look again',
    copy: 'Copy for the support',
    copied: 'Copied. Paste it into a message to the support. There are no passwords or keys in it.',
    notCopied: 'It could not be copied. Select the text here, and copy it yourself.',
    report: 'Text for the support',
    examinedAt: (at) => `Looked at on ${at}`,
  },
  uses: {
    open: 'See what the key was used for',
    title: 'Use of the key',
    lead: 'Here is each time that your key was used, and each time that somebody tried.',
    calm: 'If you know all of it, everything is as it should be.',
    reading: 'Reading the log …',
    intact: 'No lines have been changed',
    altered: (number) => `Line ${number} does not fit: somebody has changed the log`,
    alteredMeaning:
      'Each line is bound to the one before. Somewhere that does not fit, so a line was changed, removed or put in. It may have been done to hide that the key was used.',
    alteredRemedy:
      'Save the log as a file, and suspend the certificate. Then call the support on {support}, and have your IT department look into the computer.',
    cutOff: (number) => `Line ${number} is missing: the end of the log is gone`,
    cutOffMeaning:
      'The computer remembers elsewhere how many lines there are. The last ones were removed. It may have been done to hide that the key was used.',
    unfitting: 'Does not fit',
    seeActivities: 'See also what the portal has seen',
    unknownTitle: 'Is there anything that you do not know?',
    unknownText: 'Then you can suspend the certificate at once. You do not need your password.',
    notMe: 'That was not me',
    notMeNamed: (what, at) => `That was not me: ${what}, ${at}`,
    confirmText: 'If somebody else has used your key, or tried to, nobody should be able to use the certificate.',
    lockedTitle: 'The key is locked',
    lockedText: 'If there is anything that you do not know, call, and say which line it is.',
    lastWeeks: (weeks) => `The last ${weeks} weeks`,
    usedInAll: (number, days) =>
      number === 0 ? 'The key was not used.' : `The key was used ${times(number)} ${onDays(days)}.`,
    refusedInAll: (number, days) =>
      number === 0 ? 'Nothing was refused.' : `It was refused ${times(number)} ${onDays(days)}.`,
    legend: { used: 'Used', refused: 'Refused', both: 'Used and refused' },
    listTitle: 'Line by line',
    most: (number) =>
      `These are the latest ${number.toLocaleString('en-GB')} lines. The file has the older ones as well.`,
    purposes,
    done: 'Done',
    refused: 'Refused',
    because: (reason) => `Why: ${reason}`,
    reasons: usesReasons,
    portal: (portal) => `Portal: ${portal}`,
    document: (id) => `Declaration no. ${id}`,
    version: (version) => `Certifikatguide ${version}`,
    line: (number) => `Line ${number}`,
    former: 'The key of a former certificate',
    empty: 'The key has not been used yet',
    emptyText: 'As soon as it is used, or somebody tries, it stands here.',
    saveTitle: 'Save the log',
    saveText:
      'The file has all lines and what binds them together, so that others can check it. There are no passwords and no key in it.',
    save: 'Save as a file',
    saved: (name) => `Saved as ${name}`,
  },
  keyOpen: {
    text: (time) => `The key is open until ${time}, so you need not type the password.`,
    textPin: (time) => `The key is open until ${time}, so you need not type the PIN.`,
  },
  earlier: {
    title: 'You already have a certificate',
    lead: 'Before the new one is made, say what is to happen to the one that you have.',
    leadSeveral: 'Before the new one is made, say what is to happen to those that you have.',
    noComputer: 'No computer is registered',
    registered: 'In use since',
    notAfter: 'Valid until',
    state: 'Status',
    choice: 'What is to happen once the new one is in use?',
    choices: {
      keep: { label: 'Keep both', meaning: 'You can go on using the other computer.' },
      supersede: {
        label: 'Revoke the old one once the new one is in use',
        meaning: 'Choose this if you will not use the other computer any more. Until then the old one works.',
      },
    },
    choiceMissing: 'Choose one of the two answers.',
    stranger: 'If you do not know that computer, call your LRA before you go on.',
    next: 'Continue',
  },
  banners: {
    suspicious: (number) =>
      number === 1
        ? 'The certificate was used at the portal once in a way that this computer does not know'
        : `The certificate was used at the portal ${number} times in a way that this computer does not know`,
    suspiciousText: 'See whether it was you. If not, suspend at once.',
    suspiciousClosedText: 'The certificate is closed. Tell your LRA what you do not know.',
    see: 'See what happened',
    daysLeft: (days) =>
      days === 0
        ? 'Your certificate expires today'
        : days === 1
          ? 'Your certificate expires tomorrow'
          : `Your certificate expires in ${days} days`,
    expired: 'Your certificate has expired',
    reminderText: 'Renew it in good time, so that you are not locked out.',
    expiredText: 'Ask your LRA for a new invitation.',
    renew: 'Renew now',
    snooze: 'Remind me tomorrow',
  },
  byCode: {
    title: 'Suspend without the key',
    lead: 'Use this when you do not have the computer, or when the key does not work. You need the two things that you kept when the certificate was made.',
    reference: 'Reference number',
    referenceHint: 'For example ABCD-1234-EFGH',
    referenceMissing: 'Type the reference number.',
    code: 'Revocation code',
    codeHint: 'Three times four characters. It is not the one-time code from the invitation.',
    codeMissing: 'Type the revocation code.',
    suspend: 'Suspend now',
    suspendMeaning: 'Nobody can use the certificate until your LRA opens it again.',
    notOffered: 'This portal cannot suspend. The certificate can only be revoked for good.',
    revoke: 'Revoke for good instead',
    revokeTitle: 'Revoke for good',
    revokeMeaning: 'The certificate is closed for good (‹spærret›). This cannot be undone.',
    revokeConfirm: 'Revoke the certificate for good',
    noCodeTitle: 'Do you not have the code?',
    noCode: (phone) =>
      phone === ''
        ? "Call your LRA or the portal's support. They can suspend the certificate for you."
        : `Call your LRA or the support on ${phone}. They can suspend the certificate for you.`,
    asking: 'Asking the portal …',
    doneTitles: portalStates,
    done: (state) => `The portal answers: ${state}`,
    since: (at) => `Since ${at}`,
    serial: (serial) => `Serial number ${serial}`,
    doneText: 'Call your LRA, and say what has happened.',
  },
  readBack: {
    title: 'Read back just now',
    lead: 'Three places were asked, each by itself.',
    portal: 'The portal',
    ocsp: "The issuer's answer (OCSP)",
    list: 'The revocation list (CRL)',
    issuerStates,
    silent: 'does not answer',
    reading: 'Reading what the portal and the issuer say …',
    unread: 'It could not be read back right now.',
    at: (at) => `Read on ${at}`,
    again: 'Read again',
  },
  revoke: {
    title: 'Revoke the certificate for good',
    lead: 'The certificate is closed for good (‹spærret›).',
    consequenceTitle: 'What happens',
    consequences: [
      'Nobody can log in or sign with it again, not even you.',
      'It cannot be undone, not even by your LRA.',
      'What you have signed already still counts.',
      'If you need a new one, your LRA sends a new invitation.',
    ],
    unsure: 'If in doubt, suspend it instead. That can be lifted.',
    why: 'Why is it to be revoked?',
    reasons,
    reasonMissing: 'Choose a reason.',
    wrongDetails: 'Is a detail in the certificate wrong?',
    checkDetails: 'Check the details',
    password: 'Your password',
    passwordHint: 'It shows that it is you.',
    pin: 'PIN of the key device',
    pinHint: 'The key device must be in.',
    missing: 'Type the password.',
    missingPin: 'Type the PIN.',
    forgotten: 'If you have forgotten it, use the revocation code.',
    confirm: 'Revoke the certificate for good',
  },
  renew: {
    title: 'Renew the certificate',
    lead: 'You get a new certificate with a new key. The details are the same.',
    points: [
      'The old one can be used until the new one is in place.',
      'You get a new revocation code, which you must keep.',
      'Afterwards you check the details again.',
    ],
    changedData: 'Has your name, e-mail address or employer changed? Then do not renew: you need another certificate.',
    password: 'Your password',
    passwordHint: 'The new key has the same password.',
    pin: 'PIN of the key device',
    pinHint: 'The key device must be in. The new key is made on it.',
    missing: 'Type the password.',
    missingPin: 'Type the PIN.',
    confirm: 'Renew now',
    codeTitle: 'Get a new revocation code',
    codeLead: 'The new code is shown once. The code from before then no longer works.',
    codePasswordHint: 'It shows that it is you.',
    codeConfirm: 'Show a new revocation code',
  },
  activities: {
    title: 'Use at the portal',
    lead: 'This is what the portal has seen your certificate used for, compared with what this computer knows.',
    reading: 'Reading …',
    calm: 'Everything agrees with what this computer knows',
    suspiciousTitle: 'What this computer does not know',
    suspiciousText: 'If it was you, for example in a browser or on another computer, say so. Otherwise suspend.',
    restTitle: 'Everything else, the latest first',
    kinds: activityKinds,
    device: (name) => `Computer: ${name}`,
    noDevice: 'Not from a registered computer',
    address: (address) => `IP address ${address}`,
    judgements: {
      ours: 'This computer',
      before: 'Before the key came here',
      suspicious: 'Unknown',
      acknowledged: 'You know of it',
    },
    me: 'That was me',
    meNamed: (what, at) => `That was me: ${what}, ${at}`,
    notMe: 'That was not me',
    notMeNamed: (what, at) => `That was not me: ${what}, ${at}`,
    empty: 'The portal has not seen the certificate used yet',
    emptyText: 'The latest comes the next time the portal answers.',
  },
  changePassword: {
    title: 'Change the password',
    lead: 'The key stays the same. It is only locked with a new password.',
    old: 'Your present password',
    oldMissing: 'Type the password that you use now.',
    new: 'New password',
    same: 'The new password is the same as the old one.',
    confirm: 'Change the password',
  },
  export: {
    title: 'Save certificate and key in a file',
    lead: 'The file (PKCS #12) can be opened on another computer. It is locked with a password that you choose now.',
    warning: 'Whoever has both the file and its password can sign as you. Never send them together.',
    password: 'Your password',
    passwordHint: 'It unlocks the key.',
    passwordMissing: 'Type your password.',
    container: 'Password of the file',
    containerHint: 'A new one, only for the file. Do not use your own again.',
    containerAgain: 'The password of the file again',
    containerMissing: 'Choose a password for the file.',
    same: 'Choose another one than your own password.',
    confirm: 'Choose where to save the file',
    saved: (name) => `Saved as ${name}`,
  },
  import: {
    title: 'Take in a certificate from a file',
    lead: "Certificate and key are put into the computer's keychain and locked with a new password. The file is only read.",
    choose: 'Choose a file (.p12 or .pfx)',
    chooseAnother: 'Choose another file',
    chosen: (name) => `The file “${name}”`,
    containerPassword: 'Password of the file',
    containerPasswordHint: 'You got it together with the file.',
    containerPasswordMissing: 'Type the password of the file.',
    read: 'Open the file',
    none: 'There is no employee certificate in the file.',
    foundTitle: 'The certificate in the file',
    chooseTitle: 'Choose the certificate that you want to use',
    chooseMissing: 'Choose a certificate.',
    validity: (from, to) => `Valid from ${from} to ${to}`,
    serial: (serial) => `Serial number ${serial}`,
    passwordTitle: 'Choose a new password',
    passwordText: "It locks the key here on the computer. Do not use the file's.",
    same: "Choose another one than the file's password.",
    confirm: 'Take the certificate in',
  },
  containerLeft: {
    title: 'Delete the file now',
    lead: (name) => `The key is now in the computer's keychain. The file “${name}” is a copy that you do not need.`,
    why: 'Whoever gets hold of the file and its password can sign as you, and that does not show here. If you have copies elsewhere, delete them too.',
    keepWhy:
      'Keep it only if you will take it in on another computer yourself, and keep it where nobody else can reach it.',
    delete: 'Delete the file',
    keep: 'Keep the file',
  },
  verified,
  archive,
  stages,
};
