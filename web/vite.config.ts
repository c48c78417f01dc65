/** Builds the console into the crate that packs it into the binary. */
import vue from '@vitejs/plugin-vue'
import { ElementPlusResolver } from 'unplugin-vue-components/resolvers'
import components from 'unplugin-vue-components/vite'
import { defineConfig } from 'vitest/config'

/** Only Element Plus: our own components are imported where they are used, so that a reader finds them. */
const elements = components({
  dirs: [],
  dts: 'src/components.d.ts',
  resolvers: [ElementPlusResolver({ importStyle: 'css' })],
})

export default defineConfig({
  plugins: [vue(), elements],
  resolve: { alias: { '@': new URL('./src', import.meta.url).pathname } },
  build: {
    outDir: '../crates/console/site/dist',
    emptyOutDir: true,
    manifest: true,
    // Windows 7 ends at Chrome 109, and hospitals still have it.
    target: ['chrome100', 'edge100', 'firefox100', 'safari15'],
    // Style preloading by inline script would need a looser Content-Security-Policy.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    // Charts, which the cockpit loads when it is opened; tools/budget.js watches what is loaded first.
    chunkSizeWarningLimit: 700,
  },
  server: { proxy: { '/api': 'http://127.0.0.1:8080' } },
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.ts'],
    server: { deps: { inline: ['element-plus'] } },
  },
})
