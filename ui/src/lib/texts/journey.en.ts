// English: the journey from the invitation to the receipt.

import type { DetailFieldView } from '../bindings/DetailFieldView';
import type { PasswordReasonView } from '../bindings/PasswordReasonView';
import type { TermsPlaceView } from '../bindings/TermsPlaceView';
import type { ComparedPair } from '../compared-terms';
import type { journey as danish } from './journey.da';
import type { DetailText, ConsentText } from './shapes';

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

const rejected: Record<PasswordReasonView, string> = {
  'too-short': 'The password must have at least 10 characters.',
  'too-long': 'The password is too long. Choose a shorter one.',
  guessable: 'The password is too easy to guess. Take four random words, and no names.',
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

export const journey: typeof danish = {
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
};
