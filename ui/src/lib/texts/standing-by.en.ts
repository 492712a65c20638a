// English: the certificate in use, and all that can be done with it.

import type { ActivityKindView } from '../bindings/ActivityKindView';
import type { IssuerStateView } from '../bindings/IssuerStateView';
import type { KeyPurposeView } from '../bindings/KeyPurposeView';
import type { PortalStateView } from '../bindings/PortalStateView';
import type { RevocationReasonView } from '../bindings/RevocationReasonView';
import type { standingBy as danish } from './standing-by.da';
import type { Explained } from './shapes';

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

const usesReasons: Record<string, string> = {
  'wrong-step': 'Something else had happened meanwhile',
};

const times = (number: number): string => (number === 1 ? 'once' : `${number.toLocaleString('en-GB')} times`);

const onDays = (number: number): string => (number === 1 ? 'on 1 day' : `on ${number.toLocaleString('en-GB')} days`);

export const standingBy: typeof danish = {
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
};
