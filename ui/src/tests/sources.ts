import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const SOURCE = join(import.meta.dirname, '..');

/** Every file under `src` whose name ends so, with its text. */
export function sources(...endings: string[]): { path: string; text: string }[] {
  return readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
    .filter((path) => endings.some((ending) => path.endsWith(ending)))
    .map((path) => ({ path, text: readFileSync(join(SOURCE, path), 'utf8') }));
}
