// The terms for the double to answer with, and what has changed in them.

import daTerms from '$terms/oces-sikkerhedserklaering-1.da.json';
import enTerms from '$terms/oces-sikkerhedserklaering-1.en.json';
import type { ComparedTextView } from '../bindings/ComparedTextView';
import type { TermsTextView } from '../bindings/TermsTextView';
import type { TermsView } from '../bindings/TermsView';
import type { TextPartView } from '../bindings/TextPartView';

const TERMS: TermsView = {
  da: daTerms,
  en: enTerms,
  sha256: '5d41402abc4b2a76b9719d911017c5925d41402abc4b2a76b9719d911017c592',
  version: daTerms.version,
  consents: daTerms.sections.find(({ id }) => id === 'consents')?.clauses.map(({ id }) => id) ?? [],
  changed_da: [],
  changed_en: [],
};

/** What an earlier version is made out to have said. */
interface Earlier {
  /** By a clause's id: the words that are new in it, and what stood in their place. */
  changed: Record<string, [string, string]>;
  /** The id of a clause that was not there. */
  added: string;
  /** The id of a section that had one clause more, and what that said. */
  removed: [string, string];
}

const part = (text: string, changed: boolean): TextPartView[] => (text === '' ? [] : [{ text, changed }]);

function altered(text: string, [now, was]: [string, string]): Pick<ComparedTextView, 'before' | 'after'> {
  const at = text.indexOf(now);
  const [start, end] = [part(text.slice(0, at), false), part(text.slice(at + now.length), false)];
  return { before: [...start, ...part(was, true), ...end], after: [...start, ...part(now, true), ...end] };
}

function compared(terms: TermsTextView, earlier: Earlier): ComparedTextView[] {
  const same = (place: ComparedTextView['place'], number: string | null, text: string): ComparedTextView => ({
    place,
    number,
    before: part(text, false),
    after: part(text, false),
    changed: false,
  });
  const sections = terms.sections.flatMap((section, index): ComparedTextView[] => {
    const clauses = section.clauses.map(({ id, text }, position): ComparedTextView => {
      const clause = same('clause', `${index + 1}.${position + 1}`, text);
      const change = earlier.changed[id];
      if (change) return { ...clause, ...altered(text, change), changed: true };
      return id === earlier.added ? { ...clause, before: [], after: part(text, true), changed: true } : clause;
    });
    const [at, text] = earlier.removed;
    const number = `${index + 1}.${section.clauses.length + 1}`;
    const gone: ComparedTextView = { place: 'clause', number, before: part(text, true), after: [], changed: true };
    return [same('section', String(index + 1), section.lead), ...clauses, ...(section.id === at ? [gone] : [])];
  });
  return [
    same('title', null, terms.title),
    same('preamble', null, terms.preamble),
    ...sections,
    same('closing', null, terms.closing),
  ];
}

/** The terms; with `changed` as a second version beside the one that was signed. */
export function termsOf(changed: boolean): TermsView {
  if (!changed) return TERMS;
  return {
    ...TERMS,
    version: 2,
    changed_da: compared(daTerms, {
      changed: { 'suspend-at-once': ['Straks', 'Inden 24 timer'], 'retention-six-years': ['6 år', '5 år'] },
      added: 'place-of-work',
      removed: ['duties', 'Give besked til sin LRA, hvis certifikatet ikke bruges i et år.'],
    }),
    changed_en: compared(enTerms, {
      changed: { 'suspend-at-once': ['at once', 'within 24 hours'], 'retention-six-years': ['6 years', '5 years'] },
      added: 'place-of-work',
      removed: ['duties', 'Tell the LRA if the certificate is not used for a year.'],
    }),
  };
}
