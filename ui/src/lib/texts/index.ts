import type { LanguageView } from '../bindings/LanguageView';
import { da } from './da';
import { en } from './en';

/** Every text of the window. The Danish file is the shape that each language must fill. */
export type Texts = typeof da;

/** The texts in each language. */
export const TEXTS: Record<LanguageView, Texts> = { da, en };
