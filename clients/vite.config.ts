// One build for the three pages: / (demo storefront), /widget/ (the chat in its frame), /console/. The loader /widget.js is
// built by vite.loader.config.ts, because it has to be one classic script under a fixed name.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { defineConfig, type Plugin } from 'vite';

/** Source page -> the address under which it is served. */
const pages: Record<string, string> = {
  'storefront/index.html': 'index.html',
  'widget/app/index.html': 'widget/index.html',
  'console/index.html': 'console/index.html',
};
const present = Object.keys(pages).filter((page) => existsSync(resolve(import.meta.dirname, page)));

/** Pages lie where they are worked on and are served where visitors expect them. */
function placePages(): Plugin {
  return {
    name: 'place-pages',
    enforce: 'post',
    generateBundle(_options, bundle) {
      for (const file of Object.values(bundle)) {
        const place = pages[file.fileName];
        if (place) file.fileName = place;
      }
    },
  };
}

export default defineConfig({
  root: import.meta.dirname,
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    // A strict content policy forbids inlined scripts; small images may be data: URLs.
    modulePreload: { polyfill: false },
    rollupOptions: { input: present.map((page) => resolve(import.meta.dirname, page)) },
  },
  plugins: [placePages()],
});
