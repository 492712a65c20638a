// Danish: the accessibility statement. `accessibility.en.ts` has the same shape. It claims no more than the tests show.

export const accessibility = {
  title: 'Tilgængelighed',
  lead: 'Alle skal kunne bruge Certifikatguide: også uden mus, uden at se skærmen og med stor tekst.',
  goalTitle: 'Det går vi efter',
  goal: 'Målet er retningslinjerne WCAG 2.1 på niveau AA og den europæiske standard EN 301 549, kapitel 5, 11 og 12. Det er et mål, vi selv har sat. Ingen udenforstående har afgjort, om det er nået, og det her er ikke en officiel tilgængelighedserklæring.',
  triedTitle: 'Sådan bliver det prøvet',
  tried: [
    'Værktøjet axe-core undersøger skærmene i det rigtige vindue, på dansk og engelsk, i lyst og mørkt. Det må ikke finde fejl.',
    'Hele vejen fra invitation til kvittering bliver gået igennem med tastaturet alene. Man skal hele tiden kunne se, hvor man er.',
    'Det, som en skærmlæser får at vide på Linux, bliver læst: overskrifter, knappernes navne, og at der bliver sagt til, når noget sker eller går galt.',
    'Skærmene er set efter i et smalt vindue, med dobbelt så stor tekst og i høj kontrast.',
  ],
  unknownTitle: 'Det ved vi ikke',
  unknown: [
    'Ingen, der er afhængig af hjælpemidler, har prøvet programmet for os endnu.',
    'Det er ikke prøvet med en skærmlæsers stemme, med punktskrift eller med talestyring.',
    'På Windows og macOS er det ikke prøvet. Der kan noget være anderledes.',
    'De PDF-filer, du kan gemme, er ikke prøvet med en skærmlæser.',
    'Værktøjer finder kun en del af de fejl, et menneske ville finde.',
  ],
  keysTitle: 'Med tastaturet',
  keys: [
    'Tabulator flytter til det næste felt eller den næste knap; med Skift tilbage.',
    'Enter trykker på en knap. Mellemrum sætter kryds og vælger.',
    'Piletasterne skifter mellem svar, der hører sammen.',
    'Escape lukker et spørgsmål, uden at noget er sket.',
  ],
  tellTitle: 'Er der noget, du ikke kan bruge?',
  tell: 'Sig det til portalens support eller til din LRA: hvilken skærm det var, hvad du ville, og hvilke hjælpemidler du bruger. De kan også hjælpe dig videre imens.',
  written: (day: string) => `Skrevet den ${day}.`,
};
