// Danish: the first language. `en.ts` must have the same shape; a gap is a type error.
// A text may hold ‹…› around words that are Danish also where the rest is not (see Phrase.svelte).

import type { StageView } from '../bindings/StageView';
import { accessibility } from './accessibility.da';
import { examination } from './examination.da';
import { journey } from './journey.da';
import { archive, verified } from './signed-documents.da';
import { standingBy } from './standing-by.da';

const stages: Record<StageView, string> = {
  'probing-keychain': 'Prøver computerens nøglering',
  'making-key': 'Laver din nøgle',
  'unlocking-key': 'Låser din nøgle op',
  'fetching-certificate': 'Henter dit certifikat',
  'checking-certificate': 'Kontrollerer certifikatet',
  'registering-device': 'Registrerer denne computer',
  'asking-status': 'Spørger, om certifikatet stadig gælder',
  'fetching-terms': 'Henter vilkårene',
  'rendering-declaration': 'Skriver erklæringen',
  signing: 'Underskriver',
  'time-stamping': 'Henter et tidsstempel',
  submitting: 'Sender til portalen',
  'checking-receipt': 'Kontrollerer kvitteringen',
  'reading-container': 'Læser filen med nøglen',
  'writing-container': 'Skriver filen med nøglen',
  revoking: 'Beder portalen om at spærre',
};

const inSeconds = (seconds: number): string => (seconds === 1 ? 'om 1 sekund' : `om ${seconds} sekunder`);

/** Up to two minutes in seconds. */
const soon = (seconds: number): string =>
  seconds < 120 ? inSeconds(seconds) : `om ${Math.ceil(seconds / 60).toLocaleString('da-DK')} minutter`;

export const da = {
  language: 'Dansk',
  product: 'Certifikatguide',
  header: {
    practice: 'Øvelse',
    practiceMeaning: 'Du øver dig. Intet herfra gælder.',
    languages: 'Sprog',
    skip: 'Gå til indholdet',
    suspend: 'Suspendér',
    suspendNamed: 'Suspendér certifikatet',
  },
  footer: {
    support: (phone: string) => `Support: ${phone}`,
    portal: (portal: string) => `Portal: ${portal}`,
    version: (version: string) => `Version ${version}`,
    help: 'Hjælp',
    doctor: 'Hvorfor kan jeg ikke underskrive?',
    file: 'Se på en certifikatfil eller en erklæring',
    byCode: 'Suspendér uden nøglen',
    accessibility: 'Tilgængelighed',
  },
  steps: {
    label: 'Trin i forløbet',
    position: (number: number, of: number, name: string) => `Trin ${number} af ${of}: ${name}`,
    done: 'udført',
    names: ['Invitation', 'Din nøgle', 'Kontrollér oplysninger', 'Vilkår', 'Underskriv', 'Kvittering'],
  },
  common: {
    tryAgain: 'Prøv igen',
    cancel: 'Fortryd',
    working: 'Vent venligst …',
    phone: 'Telefon',
    email: 'E-mail',
    support: 'Portalens support',
    authority: 'Din LRA',
    startOver: 'Begynd forfra med en ny invitation',
    startOverTitle: 'Vil du begynde forfra?',
    startOverText:
      'Det, du er nået til med denne invitation, bliver glemt på computeren. Du skal bruge en ny invitation fra din LRA, hvis nøglen allerede er lavet.',
    startOverSuspendsText:
      'Dit certifikat bliver suspenderet hos portalen, så ingen kan bruge det, og nøglen bliver slettet her på computeren. Du skal bruge en ny invitation fra din LRA for at begynde igen.',
    startOverConfirm: 'Ja, begynd forfra',
    showPassword: 'Vis adgangskoden',
    hidePassword: 'Skjul adgangskoden',
    print: 'Udskriv',
    back: 'Tilbage',
    investigate: 'Find ud af, hvad der er galt',
  },
  problem: {
    silent: (hosts: string) => `Svarede ikke: ${hosts}`,
    retryIn: (seconds: number) => `Prøv igen ${soon(seconds)}`,
    retryNow: 'Du kan prøve igen nu',
    shortly: (seconds: number) => `(${soon(seconds)})`,
  },
  starting: {
    title: 'Certifikatguide åbner',
    failed: 'Certifikatguide kunne ikke åbne',
  },
  ...journey,
  ...examination,
  ...standingBy,
  verified,
  archive,
  accessibility,
  stages,
};
