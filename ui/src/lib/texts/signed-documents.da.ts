// Danish: signed documents that are looked at, and the archive of one's own. `signed-documents.en.ts` has the same shape.

import type { DocumentKindView } from '../bindings/DocumentKindView';
import type { IndicationView } from '../bindings/IndicationView';
import type { VerificationReasonView } from '../bindings/VerificationReasonView';

/** Whether a document holds, in plain words. */
export interface IndicationText {
  title: string;
  text: string;
}

/** Why a document does not hold, and what to do. */
export interface ReasonText {
  title: string;
  text: string;
  remedy: string;
}

const indications: Record<IndicationView, IndicationText> = {
  holds: {
    title: 'Dokumentet holder',
    text: 'Det er uændret, siden det blev underskrevet, og underskriften er lavet med et certifikat, computeren stoler på.',
  },
  'does-not-hold': {
    title: 'Dokumentet holder ikke',
    text: 'Regn ikke med det, der står i det. Nedenfor står hvorfor, og hvad du kan gøre.',
  },
  'cannot-be-told': {
    title: 'Det kan ikke afgøres, om dokumentet holder',
    text: 'Det er ikke bevist, at noget er galt, men heller ikke, at det er i orden. Nedenfor står, hvad der mangler.',
  },
};

const kinds: Record<DocumentKindView, string> = {
  declaration: 'En sikkerhedserklæring',
  receipt: 'En kvittering fra en portal',
  unknown: 'Hverken en sikkerhedserklæring eller en kvittering',
};

const reasons: Record<VerificationReasonView | 'none', ReasonText> = {
  'not-signed': {
    title: 'Der er ingen underskrift i filen',
    text: 'En udskrift, et skærmbillede eller en PDF, der er gemt igen i et andet program, har mistet den.',
    remedy: 'Bed den, du har filen fra, om den underskrevne PDF, præcis som den blev gemt.',
  },
  unreadable: {
    title: 'Filen kan ikke læses som en erklæring eller en kvittering',
    text: 'Noget af den mangler, eller den er en anden slags PDF.',
    remedy: 'Hent filen igen, hvor du fik den, og gem den uden at åbne den i et andet program.',
  },
  changed: {
    title: 'Filen er ændret, efter at den blev underskrevet',
    text: 'Noget er lagt til, fjernet eller skrevet om. Det kan være sket ved et uheld, hvis en anden har gemt den igen.',
    remedy: 'Brug den oprindelige fil. Dine egne ligger under »Mine erklæringer«.',
  },
  'not-what-was-accepted': {
    title: 'Det, man ser, er ikke det, der blev sagt ja til',
    text: 'Siderne passer ikke med de svar, certifikatet eller de vilkår, som er underskrevet.',
    remedy: 'Brug ikke dokumentet. Vis det til den, du har det fra, og til portalens support.',
  },
  unknown: {
    title: 'Programmet kender ikke vilkårene eller opstillingen',
    text: 'Dokumentet kan være lavet med en nyere udgave af Certifikatguide, så siderne kan ikke sammenlignes.',
    remedy: 'Hent den nyeste udgave af Certifikatguide, og prøv igen.',
  },
  forged: {
    title: 'Underskriften passer ikke',
    text: 'Den er ikke lavet, som den skal, eller ikke med det certifikat, der står i dokumentet.',
    remedy: 'Brug ikke dokumentet. Ring til den, det siges at være fra, på et nummer, du kender i forvejen.',
  },
  untrusted: {
    title: 'Computeren stoler ikke på certifikatet bag underskriften',
    text: 'Det er udstedt af en, som programmet ikke kender, eller det er ikke til at underskrive med. Et dokument fra en øvelse kan kun efterprøves under en øvelse.',
    remedy: 'Spørg den, du har dokumentet fra, hvilken portal det er lavet til. Er du i tvivl, så ring til supporten.',
  },
  revoked: {
    title: 'Certifikatet bag underskriften er spærret eller suspenderet',
    text: 'Det er ikke bevist, at der blev underskrevet, før certifikatet blev lukket.',
    remedy: 'Bed om en ny underskrift med et certifikat, der gælder. Er dokumentet dit eget, så ring til din LRA.',
  },
  'out-of-time': {
    title: 'Tidspunktet passer ikke',
    text: 'Certifikatet gælder ikke på det tidspunkt, der kan bevises, eller uret gik forkert, da der blev underskrevet.',
    remedy:
      'Se efter, om computerens ur går rigtigt. Findes der en udgave af dokumentet med tidsstempel, så prøv med den.',
  },
  evidence: {
    title: 'Beviserne i dokumentet er ikke nok',
    text: 'Tidsstemplet eller beviset for, at certifikatet gjaldt, mangler eller kan ikke bruges.',
    remedy: 'Bed om dokumentet med beviser. Er det dit eget, så gem det igen under »Mine erklæringer«.',
  },
  none: {
    title: 'Programmet kan ikke sige præcis hvorfor',
    text: 'De tekniske oplysninger nedenfor fortæller mere.',
    remedy: 'Kopiér dem til portalens support.',
  },
};

/** A signed document. */
export const verified = {
  indications,
  practiceText: 'Det er en øvelse. Dokumentet gælder ikke i virkeligheden.',
  practice: 'Øvelse',
  remedy: (text: string) => `Det kan du gøre: ${text}`,
  reasons,
  factsTitle: 'Det står der i dokumentet',
  claims: 'Sådan står der i filen. Det er ikke bevist.',
  kind: 'Hvad det er',
  kinds,
  signer: 'Underskrevet af',
  organisation: 'På vegne af',
  signingTime: 'Underskrevet den',
  ownClock: 'Efter underskriverens eget ur',
  provenTime: 'Bevist tidspunkt',
  stampedTime: 'Tidsstemplets tidspunkt',
  provenMeaning: 'Senest da var dokumentet underskrevet, viser tidsstemplet',
  provenBy: (authority: string) => `Tidsstempel fra ${authority}`,
  level: 'Hvor længe det kan efterprøves',
  signedOnly: 'Underskrevet. Tidspunktet er ikke bevist i denne fil.',
  accepted: 'Hvad der er sagt ja til',
  terms: (version: number) => `Sikkerhedserklæringens vilkår, version ${version}`,
  consents: (number: number) =>
    number === 0 ? 'Ingen særskilte samtykker' : number === 1 ? '1 samtykke' : `${number} samtykker, ét for ét`,
  madeFor: 'Lavet til portalen',
  madeBy: 'Lavet af portalen',
  declaration: 'Erklæringens nummer',
  receiptOf: 'Kvittering for erklæring',
  notSaid: 'Det står der ikke',
  technical: 'Tekniske oplysninger',
  subIndication: 'Udfald efter EN 319 102-1',
  noFindings: 'Intet at bemærke.',
};

/** The archive. */
export const archive = {
  open: 'Mine erklæringer',
  openText: 'Alle dine underskrevne erklæringer, også ældre, med beviser til at gemme.',
  title: 'Mine erklæringer',
  lead: 'Her ligger de erklæringer, som du har underskrevet og afleveret fra denne computer.',
  reading: 'Læser …',
  search: 'Søg',
  searchHint: 'Navn, organisation, dato, serienummer, portal eller erklæringens nummer',
  found: (number: number, of: number) =>
    number === of
      ? of === 1
        ? '1 erklæring'
        : `${of} erklæringer`
      : `${number} af ${of} ${of === 1 ? 'erklæring' : 'erklæringer'}`,
  empty: 'Der er ingen erklæringer endnu',
  emptyText:
    'Når du har underskrevet, og portalen har modtaget erklæringen, ligger den her. Det, der er underskrevet på en anden computer, ligger der.',
  noHit: 'Ingen erklæring passer',
  noHitText: 'Prøv med færre ord, eller slet søgningen for at se dem alle.',
  clear: 'Slet søgningen',
  inForce: 'Hører til dit nuværende certifikat',
  former: 'Tidligere',
  practice: 'Øvelse',
  named: (at: string) => `Erklæring af ${at}`,
  signer: 'Underskrevet af',
  organisation: 'På vegne af',
  signedAt: 'Underskrevet den',
  acceptedAt: 'Modtaget af portalen',
  notAccepted: 'Ikke bekræftet endnu',
  level: 'Hvor længe den kan efterprøves',
  portal: 'Portal',
  serial: 'Certifikatets serienummer',
  id: 'Erklæringens nummer',
  more: 'Serienummer og erklæringens nummer',
  zipTitle: 'Hvad er der i filen med beviser?',
  zipText:
    'En ZIP-fil, som du kan give til den, der skal have vished, også om mange år og uden Certifikatguide. Der er ingen adgangskode og ingen nøgle i.',
  zipPoints: [
    'Erklæringen med tidsstempel og beviser, så langt de er nået, og sådan som portalen fik den',
    'Portalens kvittering, der gælder netop den erklæring',
    'Vilkårene, som du sagde ja til; de står også i erklæringen',
    'De rodcertifikater, som underskrifterne hviler på',
    'En vejledning i at efterprøve det hele, på dansk og engelsk',
  ],
  save: 'Gem med beviser',
  saveNamed: (at: string) => `Gem med beviser: erklæring af ${at}`,
};
