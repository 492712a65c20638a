import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

/**
 * Fits the design system's stylesheet in. It names each font in four formats; every engine that Tauri uses reads woff2,
 * so only that is bundled, with its licence. And it stands in a cascade layer, so that the window's own rules win over
 * it however specific its selectors are.
 */
function designSystem(): Plugin {
  return {
    name: 'design-system',
    enforce: 'pre',
    transform(code, id) {
      if (!id.includes('dkfds.min.css')) return null;
      const rules = code.replace(/@charset "[^"]*";/u, '').replace(/@font-face\{[^}]*\}/gu, (face) => {
        const woff2 = /url\([^)]*\.woff2\) format\("woff2"\)/u.exec(face)?.[0];
        return woff2 ? face.replace(/src:[^}]*/u, `src:${woff2}`) : '';
      });
      return `@layer design-system{${rules}}`;
    },
    generateBundle() {
      this.emitFile({
        type: 'asset',
        fileName: 'licence-ibm-plex-sans.txt',
        source: readFileSync(path('./node_modules/dkfds/dist/fonts/IBMPlexSans/complete/woff2/license.txt')),
      });
    },
  };
}

export default defineConfig(({ mode }) => ({
  plugins: [designSystem(), svelte()],
  resolve: {
    alias: {
      // The package's `exports` hides its compiled files.
      'dkfds-dist': path('./node_modules/dkfds/dist'),
      $problems: path('../src-tauri/crates/lifecycle/problems'),
      $findings: path('../src-tauri/crates/lifecycle/findings'),
      $terms: path('../src-tauri/crates/declaration/terms'),
    },
    ...(mode === 'test' ? { conditions: ['browser'] } : {}),
  },
  server: {
    fs: {
      allow: [
        '.',
        '../src-tauri/crates/lifecycle/problems',
        '../src-tauri/crates/lifecycle/findings',
        '../src-tauri/crates/declaration/terms',
        '../icons',
      ],
    },
  },
  build: {
    // WebKitGTK 2.40 and later, WebView2, and Safari 16.
    target: ['safari16', 'chrome110'],
    license: { fileName: 'licences.md' },
  },
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.ts'],
  },
}));
