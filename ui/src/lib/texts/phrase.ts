/** A run of a text: `danish` where it must be read in Danish whatever the language around it. */
export interface Run {
  text: string;
  danish: boolean;
}

/** Splits a text at its ‹…› marks. */
export function runs(text: string): Run[] {
  return text
    .split(/(‹[^›]*›)/u)
    .filter((part) => part !== '')
    .map((part) => (part.startsWith('‹') ? { text: part.slice(1, -1), danish: true } : { text: part, danish: false }));
}
