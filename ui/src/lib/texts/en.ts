// English: the second language. Danish words inside a text stand in ‹…› (see Phrase.svelte).

import type { StageView } from '../bindings/StageView';
import type { Texts } from './index';
import { accessibility } from './accessibility.en';
import { examination } from './examination.en';
import { journey } from './journey.en';
import { archive, verified } from './signed-documents.en';
import { standingBy } from './standing-by.en';

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

const inSeconds = (seconds: number): string => (seconds === 1 ? 'in 1 second' : `in ${seconds} seconds`);

/** Up to two minutes in seconds. */
const soon = (seconds: number): string =>
  seconds < 120 ? inSeconds(seconds) : `in ${Math.ceil(seconds / 60).toLocaleString('en-GB')} minutes`;

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
    accessibility: 'Accessibility',
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
  ...journey,
  ...examination,
  ...standingBy,
  verified,
  archive,
  accessibility,
  stages,
};
