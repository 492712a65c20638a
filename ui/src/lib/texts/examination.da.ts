// Danish: a certificate that is looked at, and why one cannot sign. `examination.en.ts` has the same shape.

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
import type { Explained } from './shapes';

const kinds: Record<CertificateKindView, Explained> = {
  employee: {
    label: 'Medarbejdercertifikat',
    meaning: 'Log-in og underskrift som medarbejder, på vegne af organisationen',
  },
  organisation: { label: 'Virksomhedscertifikat', meaning: 'Log-in og underskrift for organisationen som helhed' },
  function: { label: 'Funktionscertifikat', meaning: 'En funktion eller et it-system i organisationen' },
  personal: { label: 'Personligt certifikat', meaning: 'En privatpersons log-in og underskrift' },
  ca: { label: 'Udstedercertifikat', meaning: 'At udstede andre certifikater og stå inde for dem' },
  other: { label: 'En anden slags certifikat', meaning: 'Det står ikke i certifikatet' },
};

const environments: Record<EnvironmentView, string> = {
  production: 'Rigtig brug (produktion)',
  test: 'Test eller øvelse',
  unknown: 'Det kan ikke afgøres',
};

const generations: Record<GenerationView, string> = {
  oces1: 'OCES1, udstedt indtil omkring 2012',
  oces2: 'OCES2, udstedt indtil oktober 2023',
  oces3: 'OCES3, den nuværende',
  other: 'Ikke et OCES-certifikat',
};

const roles: Record<ChainRoleView, string> = {
  'end-entity': 'Certifikatet',
  authority: 'Udsteder',
  'trust-anchor': 'Rod – den, computeren stoler på',
};

const links: Record<LinkStateView, string> = {
  holds: 'I orden',
  'status-untold': 'I orden, men ikke undersøgt for spærring',
  'not-yet-valid': 'Gælder ikke endnu',
  expired: 'Udløbet',
  suspended: 'Suspenderet',
  revoked: 'Spærret',
  unproven: 'Ikke bevist',
  broken: 'Ikke i orden',
};

const statuses: Record<StatusStateView, string> = {
  good: 'at det gælder',
  suspended: 'at det er suspenderet',
  revoked: 'at det er spærret',
  unknown: 'at den ikke kender det',
};

const keyUsages: Record<string, string> = {
  digitalSignature: 'Log ind',
  nonRepudiation: 'Underskrive, så det binder',
  keyEncipherment: 'Modtage krypterede nøgler',
  dataEncipherment: 'Modtage krypterede data',
  keyAgreement: 'Aftale en fælles nøgle',
  keyCertSign: 'Udstede certifikater',
  cRLSign: 'Udgive spærrelister',
  encipherOnly: 'Kun kryptere',
  decipherOnly: 'Kun dekryptere',
};

const verdicts: Record<VerdictView, { title: string; text: string }> = {
  valid: {
    title: 'Certifikatet ser rigtigt ud',
    text: 'Det er udstedt af en, computeren stoler på, og det gælder i dag.',
  },
  invalid: {
    title: 'Certifikatet er ikke i orden',
    text: 'Nedenfor står, hvad der er galt, og hvad du kan gøre.',
  },
  indeterminate: {
    title: 'Det kan ikke afgøres, om certifikatet er i orden',
    text: 'Nedenfor står, hvad der mangler.',
  },
};

const fileFormats: Record<FileFormatView, string> = {
  pem: 'Tekstfil (PEM)',
  der: 'Certifikat (DER)',
  pkcs7: 'Samling af certifikater (PKCS #7)',
  pkcs12: 'Fil til certifikat og nøgle (PKCS #12)',
};

const refusals: Record<FileRefusal, { title: string; text: string }> = {
  'too-large': {
    title: 'Filen er for stor',
    text: 'Af en certifikatfil læses højst 4 MB og af en erklæring højst 2 MB. Det er nok en anden slags fil.',
  },
  empty: { title: 'Filen er tom', text: 'Der er ikke noget i den. Prøv at hente den igen, hvor du fik den.' },
  'not-recognised': {
    title: 'Det er hverken en certifikatfil eller en underskrevet PDF',
    text: 'Certifikatfiler ender som regel på .cer, .crt, .pem, .der, .p7b, .p12 eller .pfx. Erklæringer og kvitteringer ender på .pdf.',
  },
  'no-certificate': {
    title: 'Der er ikke noget certifikat i filen',
    text: 'Filen kan læses, men den rummer noget andet. Se efter, om der ligger en anden fil ved siden af.',
  },
  'key-only': {
    title: 'Filen rummer en nøgle og intet certifikat',
    text: 'Nøglen er ikke læst. Sådan en fil må kun ligge, hvor ingen andre kan få fat i den. Er du i tvivl, så vis den til din it-afdeling.',
  },
  damaged: {
    title: 'Filen er beskadiget',
    text: 'Den begynder som en certifikatfil, men resten kan ikke læses. Prøv at hente den igen, hvor du fik den.',
  },
  unsupported: {
    title: 'Filen er låst på en måde, som programmet ikke kender',
    text: 'Bed den, du har filen fra, om at gemme den på en nyere måde (PKCS #12 med AES).',
  },
  several: { title: 'Vælg én fil ad gangen', text: 'Der kom flere filer. Slip eller vælg kun den ene.' },
  folder: { title: 'Det er en mappe', text: 'Åbn mappen, og vælg selve filen.' },
  unreadable: {
    title: 'Filen kan ikke læses',
    text: 'Måske er den flyttet, eller du har ikke lov til at læse den. Kopiér den til en af dine egne mapper, og prøv igen.',
  },
};

const probes: Record<ProbeTargetView, Explained> = {
  keychain: { label: 'Nøgleringen', meaning: 'Det sted på computeren, hvor din nøgle ligger' },
  token: { label: 'Nøgleenheden', meaning: 'Det kort, den USB-nøgle eller den sikkerhedsbrik, hvor din nøgle ligger' },
  journal: { label: 'Det, computeren husker', meaning: 'Hvor langt du er, og hvilke certifikater du har' },
  clock: { label: 'Computerens ur', meaning: 'Det skal passe med portalens' },
  proxy: { label: 'Arbejdspladsens proxy', meaning: 'Mellemstationen på vej ud på nettet' },
  portal: { label: 'Portalen', meaning: 'Den, du underskriver til' },
  ocsp: { label: 'Svar på spærring', meaning: 'Fortæller, om certifikatet stadig gælder (OCSP)' },
  'revocation-list': { label: 'Spærrelisten', meaning: 'Udstederens liste over spærrede certifikater (CRL)' },
  'time-stamp': { label: 'Tidsstemplet', meaning: 'Bevidner, hvornår der er underskrevet (TSA)' },
};

export const examination = {
  description: {
    who: 'Udstedt til',
    nobody: 'Der står ikke noget navn',
    organisation: 'Organisation',
    organisationWithCvr: (name: string, cvr: string) => `${name} (CVR\u00a0${cvr})`,
    email: 'E-mail',
    kind: 'Slags',
    purpose: 'Bruges til',
    kinds,
    environments,
    test: 'Test',
    cvrFails: 'CVR-nummeret har et forkert kontrolciffer. Det har de officielle testnumre også, så se selv efter.',
  },
  status: {
    ocsp: (at: string, that: string) => `Udstederen svarede den ${at}, ${that}.`,
    list: (at: string, that: string) => `Udstederens spærreliste fra den ${at} siger, ${that}.`,
    that: statuses,
    since: (at: string) => `Det har det været siden den ${at}.`,
    until: (at: string) => `Svaret gælder til den ${at}.`,
    untilOver: (at: string) => `Svaret gjaldt kun til den ${at}, så der skal spørges igen.`,
    untilOpen: 'Udstederen siger ikke, hvor længe svaret gælder.',
    untoldOwn: 'Udstederen er ikke spurgt endnu. Det sker, hver gang nøglen skal bruges.',
    untoldFile: 'Udstederen er ikke spurgt, om certifikatet er spærret: en fil bliver kun læst her på computeren.',
  },
  timeline: {
    title: 'Gyldighed',
    issued: 'Gælder fra',
    today: 'I dag',
    expires: 'Udløber',
    expired: 'Udløb',
    daysLeft: (days: number) => (days === 1 ? '1 dag tilbage' : `${days.toLocaleString('da-DK')} dage tilbage`),
  },
  chain: {
    title: 'Derfor stoler computeren på det',
    titleUnproven: 'Kæden bag certifikatet',
    lead: 'Et certifikat gælder, fordi en udsteder står inde for det, og en rod står inde for udstederen.',
    roles,
    states: links,
    issuedBy: 'er udstedt af',
    until: (day: string) => `Gælder til ${day}`,
    stops: 'Her stopper kæden',
    stopsText: (issuer: string) => `»${issuer}« er ikke en udsteder, som computeren kender.`,
  },
  findings: {
    title: 'Det blev fundet',
    about: (name: string) => `Gælder: ${name}`,
    severities: { error: 'Fejl', indeterminate: 'Mangler', warning: 'Værd at vide' },
    facts: 'Til supporten',
  },
  technical: {
    title: 'Tekniske oplysninger',
    issuer: 'Udsteder',
    issuerMeaning: 'Den, der har lavet certifikatet og skrevet under på det.',
    serial: 'Serienummer',
    serialMeaning: 'Udstederens nummer for netop dette certifikat. Det er det, der står på en spærreliste.',
    fingerprint: 'Fingeraftryk (SHA-256)',
    fingerprintMeaning:
      'Et tal, som er regnet ud af hele certifikatet. Er det ens to steder, er certifikatet det samme.',
    employeeId: 'Medarbejder-id',
    generation: 'Generation',
    generations,
    environment: 'Beregnet til',
    key: 'Nøgle',
    keyMeaning: 'Slags og længde. Længere er sværere at regne ud.',
    signature: 'Udstederens underskrift',
    signatureMeaning: 'Den metode, udstederen har skrevet under med.',
    keyUsage: 'Nøglen må bruges til',
    keyUsages,
    policies: 'Regler (certifikatpolitik)',
    policiesMeaning: 'Numre på de regler, certifikatet er udstedt efter.',
    none: 'Ingen angivet',
  },
  file: {
    title: 'Certifikatfil eller erklæring',
    lead: 'Slip en certifikatfil her for at se, hvad der står i certifikatet, og om det er i orden. Du kan også slippe en underskrevet erklæring eller kvittering (PDF) for at se, om den holder. Filen bliver kun læst. Den bliver ikke gemt og ikke sendt nogen steder.',
    choose: 'Vælg en fil (certifikat eller PDF)',
    chooseAnother: 'Vælg en anden fil',
    or: 'Du kan også trække en fil ind over vinduet.',
    drop: 'Slip certifikatet eller erklæringen (PDF) for at se på filen',
    reading: 'Læser filen …',
    verifying: 'Efterprøver dokumentet. Det tager et øjeblik …',
    aDocument: 'Det her er en fil. Den er kun læst: intet er ændret, gemt eller sendt.',
    named: (name: string) => `Filen »${name}«`,
    nameless: 'Filen har ikke noget navn',
    aFile: 'Det her er en fil, ikke »Mit certifikat«. Den er kun læst: den er ikke taget i brug, og intet er gemt.',
    keyTitle: 'Filen rummer også en privat nøgle',
    keyText:
      'Nøglen er ikke læst. Lad ikke filen ligge, hvor andre kan få fat i den: hvem der har både filen og adgangskoden, kan underskrive som den, certifikatet er udstedt til.',
    passwordTitle: 'Filen er låst',
    passwordText: 'Skriv filens adgangskode. Den bruges kun til at åbne filen nu, og den bliver ikke gemt.',
    password: 'Filens adgangskode',
    passwordHint: 'Du har fået den sammen med filen. Det er ikke adgangskoden til Certifikatguide.',
    passwordMissing: 'Skriv filens adgangskode.',
    passwordWrong: 'Adgangskoden åbner ikke filen. Se efter store og små bogstaver, og prøv igen.',
    open: 'Åbn filen',
    verdicts,
    format: 'Filen',
    formats: fileFormats,
    certificates: (number: number) =>
      `${number.toLocaleString('da-DK')} certifikater. Her vises det, som de andre hører til.`,
    refusals,
  },
  doctor: {
    title: 'Hvorfor kan jeg ikke underskrive?',
    lead: 'Her prøver computeren ét for ét alt det, der skal virke, når du underskriver. Intet bliver ændret, og din nøgle bliver ikke brugt.',
    working: 'Undersøger …',
    trying: (name: string) => `Prøver: ${name}`,
    allWell: 'Alt virker',
    allWellText: 'Computeren fandt intet, der står i vejen for at underskrive.',
    nextStep: 'Intet er i vejen',
    nextStepText: 'Der mangler kun et skridt. Gå tilbage, og fortsæt, hvor du slap.',
    notReady: 'Forbindelsen virker, men der er intet certifikat, der kan bruges',
    notReadyText: 'Se nedenfor, hvad der mangler for hvert certifikat.',
    nothingYet: 'Forbindelsen virker, men der er intet certifikat endnu',
    nothingYetText: 'Gå tilbage, og åbn din invitation. Så får du et certifikat at underskrive med.',
    fails: (more: number) =>
      more === 1
        ? 'Én ting mere virker ikke. Begynd med den øverste: den anden kan følge af den.'
        : `${more} ting mere virker ikke. Begynd med den øverste: de andre kan følge af den.`,
    failsOne: 'Se nedenfor, hvad du kan gøre.',
    failingTitle: 'Det virker ikke',
    testedTitle: 'Alt, der er prøvet',
    probes,
    results: { works: 'Virker', fails: 'Virker ikke', 'not-used': 'Bruges ikke her' },
    at: (address: string) => `Adresse: ${address}`,
    certificatesTitle: 'Certifikater på denne computer',
    noCertificates: 'Der er ingen certifikater på computeren endnu.',
    above: 'Se øverst, hvad du kan gøre ved det.',
    usable: 'I orden',
    unusable: 'Kan ikke bruges',
    past: 'Tidligere certifikat',
    practice: 'Øvelse',
    portal: (portal: string) => `Portal: ${portal}`,
    again: 'Undersøg igen',
    copy: 'Kopiér til supporten',
    copied: 'Kopieret. Sæt det ind i en besked til supporten. Der er ingen adgangskoder eller nøgler i.',
    notCopied: 'Det kunne ikke kopieres. Marker teksten her, og kopiér den selv.',
    report: 'Tekst til supporten',
    examinedAt: (at: string) => `Undersøgt den ${at}`,
  },
};
