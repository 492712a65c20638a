import { parse } from 'svelte/compiler';
import { describe, expect, it } from 'vitest';
import { TEXTS } from '../lib/texts';
import { runs } from '../lib/texts/phrase';
import { sources } from './sources';

type Node = Record<string, unknown>;

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Every text of a language with its path: `welcome.title`. A list counts as one text. */
function paths(texts: unknown, at: string[] = []): { path: string[]; value: unknown }[] {
  if (!isNode(texts)) return [{ path: at, value: texts }];
  return Object.entries(texts).flatMap(([key, value]) => paths(value, [...at, key]));
}

/** What a text says, its arguments filled in by stand-ins. */
function said(value: unknown): string[] {
  if (Array.isArray(value)) return value.map(String);
  if (typeof value === 'function') return [String((value as (...args: unknown[]) => unknown)('·', '·', '·'))];
  return [String(value)];
}

/** A component's source in which a short name of a group of texts is the whole way to it: `guide.texts.welcome`. */
function spelledOut(source: string): string {
  const short = [...source.matchAll(/const (\w+) = \$derived\((guide\.texts\.\w+)\)/gu)];
  return short.reduce(
    (text, [, name, way]) => text.replace(new RegExp(`(?<![.\\w])${name}(?=[.[])`, 'gu'), String(way)),
    source.replaceAll('TEXTS.da.', 'texts.'),
  );
}

/** Attributes that are read out or shown. */
const SPOKEN = new Set(['alt', 'aria-label', 'aria-description', 'placeholder', 'title']);

/** The literal words in a component's markup. */
function literals(markup: unknown): string[] {
  if (Array.isArray(markup)) return markup.flatMap(literals);
  if (!isNode(markup)) return [];
  if (markup.type === 'Text') return /\p{L}/u.test(String(markup.data)) ? [String(markup.data).trim()] : [];
  if (markup.type === 'Attribute') return SPOKEN.has(String(markup.name)) ? literals(markup.value) : [];
  if (markup.type === 'Comment' || String(markup.type).endsWith('Expression')) return [];
  return Object.values(markup).flatMap(literals);
}

describe('the texts', () => {
  it.each(['da', 'en'] as const)('has no empty text in %s', (language) => {
    const empty = paths(TEXTS[language]).filter(({ value }) => said(value).some((text) => text.trim() === ''));
    expect(empty.map(({ path }) => path.join('.'))).toEqual([]);
  });

  it('has lists of the same length in both languages', () => {
    const lists = (language: 'da' | 'en') =>
      paths(TEXTS[language]).flatMap(({ path, value }) =>
        Array.isArray(value) ? [[path.join('.'), value.length]] : [],
      );
    expect(lists('en')).toEqual(lists('da'));
  });

  it('has a consent in the person’s own words in English for each that Danish has', () => {
    expect(Object.keys(TEXTS.en.terms.consents)).toEqual(Object.keys(TEXTS.da.terms.consents));
  });

  it('uses every text somewhere', () => {
    const code = sources('.svelte', '.svelte.ts')
      .map(({ text }) => spelledOut(text))
      .join('\n');
    // A group that is indexed by a variable (`texts.details.fields[field]`) is used as a whole.
    const used = (path: string[]): boolean =>
      path.some((_, depth) => {
        const way = ['texts', ...path.slice(0, depth + 1)].join('\\.');
        return new RegExp(depth === path.length - 1 ? `\\b${way}\\b` : `\\b${way}\\[`, 'u').test(code);
      });
    expect(
      paths(TEXTS.da)
        .filter(({ path }) => !used(path))
        .map(({ path }) => path.join('.')),
    ).toEqual([]);
  });

  it('marks Danish words in pairs', () => {
    for (const language of ['da', 'en'] as const) {
      for (const { path, value } of paths(TEXTS[language])) {
        for (const text of said(value)) {
          const rest = runs(text)
            .map((run) => run.text)
            .join('');
          expect(rest, path.join('.')).not.toMatch(/[‹›]/u);
        }
      }
    }
  });
});

describe('the components', () => {
  it('hold no literal text', () => {
    const found = sources('.svelte').flatMap(({ path, text }) =>
      literals(parse(text, { modern: true }).fragment).map((words) => `${path}: ${words}`),
    );
    expect(found).toEqual([]);
  });

  it('would be caught with one', () => {
    const component = '<p class="x" title={t}>Hej {name}</p><img alt="Et billede" />{#if a}<b>fed</b>{/if}';
    expect(literals(parse(component, { modern: true }).fragment)).toEqual(['Hej', 'Et billede', 'fed']);
  });

  it('know Tauri in one file only', () => {
    const importers = sources('.ts', '.svelte').filter(({ text }) => /from '@tauri-apps\//u.test(text));
    expect(importers.map(({ path }) => path)).toEqual(['lib/backend/tauri.ts']);
  });

  it('never import the double', () => {
    const importers = sources('.ts', '.svelte').filter(({ text }) => /from '.*practice-double'/u.test(text));
    expect(importers.map(({ path }) => path).filter((path) => !path.startsWith('tests/'))).toEqual(['practice.ts']);
  });
});
