// English: a certificate that is looked at, and why one cannot sign.

import type { CertificateKindView } from '../bindings/CertificateKindView';
import type { ChainRoleView } from '../bindings/ChainRoleView';
import type { EnvironmentView } from '../bindings/EnvironmentView';
import type { FileFormatView } from '../bindings/FileFormatView';
import type { GenerationView } from '../bindings/GenerationView';
import type { LinkStateView } from '../bindings/LinkStateView';
import type { ProbeTargetView } from '../bindings/ProbeTargetView';
import type { StatusStateView } from '../bindings/StatusStateView';
import type { VerdictView } from '../bindings/VerdictView';
import type { FileRefusal } from '../visits.svelte';
import type { examination as danish } from './examination.da';
import type { Explained } from './shapes';

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

export const examination: typeof danish = {
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
};
