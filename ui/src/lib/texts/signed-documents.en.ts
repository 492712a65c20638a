// English: signed documents that are looked at, and the archive of one's own.

import type { DocumentKindView } from '../bindings/DocumentKindView';
import type { IndicationView } from '../bindings/IndicationView';
import type { VerificationReasonView } from '../bindings/VerificationReasonView';
import type { Texts } from './index';
import type { IndicationText, ReasonText } from './signed-documents.da';

const indications: Record<IndicationView, IndicationText> = {
  holds: {
    title: 'The document holds',
    text: 'It has not been changed since it was signed, and the signature was made with a certificate that the computer trusts.',
  },
  'does-not-hold': {
    title: 'The document does not hold',
    text: 'Do not rely on what it says. Below you find why, and what you can do.',
  },
  'cannot-be-told': {
    title: 'It cannot be told whether the document holds',
    text: 'It is not proven that anything is wrong, nor that it is in order. Below you find what is missing.',
  },
};

const kinds: Record<DocumentKindView, string> = {
  declaration: 'A security declaration',
  receipt: 'A receipt from a portal',
  unknown: 'Neither a security declaration nor a receipt',
};

const reasons: Record<VerificationReasonView | 'none', ReasonText> = {
  'not-signed': {
    title: 'There is no signature in the file',
    text: 'A print, a screenshot or a PDF that was saved again in another program has lost it.',
    remedy: 'Ask whoever gave you the file for the signed PDF, exactly as it was saved.',
  },
  unreadable: {
    title: 'The file cannot be read as a declaration or a receipt',
    text: 'Some of it is missing, or it is another kind of PDF.',
    remedy: 'Get the file again from where you got it, and save it without opening it in another program.',
  },
  changed: {
    title: 'The file was changed after it was signed',
    text: 'Something was added, removed or rewritten. It may have happened by accident, if somebody saved it again.',
    remedy: 'Use the original file. Your own are under “My declarations”.',
  },
  'not-what-was-accepted': {
    title: 'What one sees is not what was accepted',
    text: 'The pages do not agree with the answers, the certificate or the terms that were signed.',
    remedy: "Do not use the document. Show it to whoever gave it to you, and to the portal's support.",
  },
  unknown: {
    title: 'The program does not know the terms or the layout',
    text: 'The document may have been made with a newer version of Certifikatguide, so the pages cannot be compared.',
    remedy: 'Get the newest version of Certifikatguide, and try again.',
  },
  forged: {
    title: 'The signature does not fit',
    text: 'It was not made as it should be, or not with the certificate that stands in the document.',
    remedy: 'Do not use the document. Call whoever it is said to be from, on a number that you know already.',
  },
  untrusted: {
    title: 'The computer does not trust the certificate behind the signature',
    text: 'It was issued by someone whom the program does not know, or it is not meant for signing. A document from practice can only be verified in practice.',
    remedy: 'Ask whoever gave you the document which portal it was made for. If in doubt, call the support.',
  },
  revoked: {
    title: 'The certificate behind the signature is revoked or suspended',
    text: 'It is not proven that the signature was made before the certificate was closed.',
    remedy: 'Ask for a new signature with a certificate that is good. If the document is your own, call your LRA.',
  },
  'out-of-time': {
    title: 'The time does not fit',
    text: 'The certificate is not good at the time that can be proven, or the clock was wrong when it was signed.',
    remedy:
      "See whether the computer's clock is right. If there is a version of the document with a time-stamp, try that one.",
  },
  evidence: {
    title: 'The evidence in the document is not enough',
    text: 'The time-stamp, or what proves that the certificate was good, is missing or cannot be used.',
    remedy: 'Ask for the document with its evidence. If it is your own, save it again under “My declarations”.',
  },
  none: {
    title: 'The program cannot say exactly why',
    text: 'The technical details below tell more.',
    remedy: "Copy them for the portal's support.",
  },
};

/** A signed document. */
export const verified: Texts['verified'] = {
  indications,
  practiceText: 'This is practice. The document does not count in the real world.',
  practice: 'Practice',
  remedy: (text) => `What you can do: ${text}`,
  reasons,
  factsTitle: 'What the document says',
  claims: 'This is what the file says. It is not proven.',
  kind: 'What it is',
  kinds,
  signer: 'Signed by',
  organisation: 'On behalf of',
  signingTime: 'Signed on',
  ownClock: "By the signer's own clock",
  provenTime: 'Proven time',
  stampedTime: 'Time of the time-stamp',
  provenMeaning: 'The document was signed by then at the latest, as the time-stamp shows',
  provenBy: (authority) => `Time-stamp from ${authority}`,
  level: 'How long it can be verified',
  signedOnly: 'Signed. The time is not proven in this file.',
  accepted: 'What was accepted',
  terms: (version) => `The terms of the security declaration, version ${version}`,
  consents: (number) =>
    number === 0 ? 'No separate consents' : number === 1 ? '1 consent' : `${number} consents, one by one`,
  madeFor: 'Made for the portal',
  madeBy: 'Made by the portal',
  declaration: 'Number of the declaration',
  receiptOf: 'Receipt of the declaration',
  notSaid: 'It does not say',
  technical: 'Technical details',
  subIndication: 'Outcome after EN 319 102-1',
  noFindings: 'Nothing to remark.',
};

/** The archive. */
export const archive: Texts['archive'] = {
  open: 'My declarations',
  openText: 'All your signed declarations, older ones too, with evidence to save.',
  title: 'My declarations',
  lead: 'Here are the declarations that you have signed and delivered from this computer.',
  reading: 'Reading …',
  search: 'Search',
  searchHint: 'Name, organisation, date, serial number, portal or number of the declaration',
  found: (number, of) =>
    number === of
      ? of === 1
        ? '1 declaration'
        : `${of} declarations`
      : `${number} of ${of} ${of === 1 ? 'declaration' : 'declarations'}`,
  empty: 'There are no declarations yet',
  emptyText:
    'Once you have signed, and the portal has received the declaration, it is here. What was signed on another computer is there.',
  noHit: 'No declaration fits',
  noHitText: 'Try fewer words, or clear the search to see all of them.',
  clear: 'Clear the search',
  inForce: 'Belongs to your present certificate',
  former: 'Earlier',
  practice: 'Practice',
  named: (at) => `Declaration of ${at}`,
  signer: 'Signed by',
  organisation: 'On behalf of',
  signedAt: 'Signed on',
  acceptedAt: 'Received by the portal',
  notAccepted: 'Not confirmed yet',
  level: 'How long it can be verified',
  portal: 'Portal',
  serial: 'Serial number of the certificate',
  id: 'Number of the declaration',
  more: 'Serial number and number of the declaration',
  zipTitle: 'What is in the file with the evidence?',
  zipText:
    'A ZIP file that you can give to whoever must be certain, also many years from now and without Certifikatguide. There is no password and no key in it.',
  zipPoints: [
    'The declaration with its time-stamp and evidence, as far as they have come, and as the portal got it',
    "The portal's receipt, which is for exactly that declaration",
    'The terms that you accepted; they stand in the declaration, too',
    'The root certificates on which the signatures rest',
    'A guide to verifying all of it, in Danish and English',
  ],
  save: 'Save with evidence',
  saveNamed: (at) => `Save with evidence: declaration of ${at}`,
};
