/**
 * The whole product in Debian's Chromium: e2e/city.ts makes an invented city, audits it, imports the findings and starts the built
 * binary; the tests use it as people do, one after the other. `make e2e` keeps pictures in docs/screens/.
 */
import { defineConfig } from '@playwright/test'

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  globalSetup: './e2e/city.ts',
  // The tests are one story: what the reviewer refuses, the hospital appeals against.
  workers: 1,
  fullyParallel: false,
  retries: 0,
  timeout: 60_000,
  reporter: [['list']],
  use: {
    viewport: { width: 1440, height: 900 },
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai',
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      // Root has no sandbox; everybody else does.
      args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    },
  },
})
