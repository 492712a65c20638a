import type { ComparedTextView } from './bindings/ComparedTextView';
import type { TermsView } from './bindings/TermsView';

/** One text of the terms in two versions, with its translation where there is one. */
export interface ComparedPair {
  danish: ComparedTextView;
  english: ComparedTextView | undefined;
  /** `gone` and `new` where one of the versions does not have it. */
  kind: 'changed' | 'new' | 'gone' | 'unchanged';
}

/** What names a text in both languages: a number that is gone may have been given to another text since. */
function nameOf({ place, number, after }: ComparedTextView): string {
  return [place, number ?? '', after.length === 0 ? 'gone' : ''].join(' ');
}

function kindOf(danish: ComparedTextView, english: ComparedTextView | undefined): ComparedPair['kind'] {
  if (danish.changed && danish.after.length === 0) return 'gone';
  if (danish.changed && danish.before.length === 0) return 'new';
  return danish.changed || english?.changed === true ? 'changed' : 'unchanged';
}

/** Every text of the terms in two versions, in order. `translated` where the English text is shown below the Danish. */
export function comparedPairs(terms: TermsView, translated: boolean): ComparedPair[] {
  const translations = new Map(translated ? terms.changed_en.map((text) => [nameOf(text), text]) : []);
  return terms.changed_da.map((danish) => {
    const english = translations.get(nameOf(danish));
    return { danish, english, kind: kindOf(danish, english) };
  });
}
