// The loader that a shop's page embeds: one small classic script, no imports, fixed name.
import { resolve } from 'node:path';
import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  build: {
    outDir: 'dist',
    emptyOutDir: false,
    target: 'es2020',
    copyPublicDir: false,
    lib: {
      entry: resolve(import.meta.dirname, 'widget/loader/loader.ts'),
      formats: ['iife'],
      name: 'SwitchboardLoader',
      fileName: () => 'widget.js',
    },
  },
});
