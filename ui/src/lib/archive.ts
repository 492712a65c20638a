import type { ArchivedDeclarationView } from './bindings/ArchivedDeclarationView';
import type { LanguageView } from './bindings/LanguageView';
import { moment, shownName } from './format';

/** The declaration in force first, then the latest. */
export function inArchiveOrder(archive: readonly ArchivedDeclarationView[]): ArchivedDeclarationView[] {
  return archive.toSorted(
    (one, other) =>
      Number(other.in_force) - Number(one.in_force) ||
      new Date(other.signed_at).getTime() - new Date(one.signed_at).getTime(),
  );
}

/** Whether each of the words that are sought stands in what is shown of the declaration. */
export function isSought(declaration: ArchivedDeclarationView, sought: string, language: LanguageView): boolean {
  const { id, signer, organisation, serial_number, portal, signed_at, accepted_at } = declaration;
  const times = [signed_at, accepted_at].flatMap((at) => (at === null ? [] : [moment(at, language)]));
  const said = plain([signer, organisation, ...times, serial_number, portal, id].join('\n'));
  return plain(sought)
    .split(/\s+/u)
    .every((word) => said.includes(word));
}

/** What is typed and what is shown can be written with other characters that look the same. */
function plain(text: string): string {
  const lines = text.split('\n').map((line) => shownName(line, Infinity));
  return lines.join('\n').normalize('NFKC').toLowerCase().trim();
}
