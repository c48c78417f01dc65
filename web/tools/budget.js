// What a browser loads until the first view stands: the page, the shell, the view, and all that these import. At most 250 KB packed.
import { readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'

const MOST = 250 * 1024
const VIEWS = ['src/session/sign-in.vue', 'src/review/queue.vue', 'src/review/case.vue']
const site = new URL('../../crates/console/site/dist', import.meta.url).pathname
const manifest = JSON.parse(readFileSync(join(site, '.vite/manifest.json'), 'utf8'))

/** Files of an entry and of what it imports at once. */
function files(name, found = new Set()) {
  const entry = manifest[name]
  if (!entry || found.has(entry.file)) return found
  found.add(entry.file)
  for (const style of entry.css ?? []) found.add(style)
  for (const other of entry.imports ?? []) files(other, found)
  return found
}

const size = (name) => statSync(join(site, `${name}.gz`)).size
let tooMuch = false
for (const view of VIEWS) {
  const loaded = new Set(['index.html', ...files('index.html'), ...files('src/shell/shell.vue'), ...files(view)])
  if (!manifest[view]) throw new Error(`no such view: ${view}`)
  const total = [...loaded].reduce((sum, name) => sum + size(name), 0)
  tooMuch ||= total > MOST
  console.log(`${view}: ${Math.ceil(total / 1024)} KB of ${MOST / 1024} KB (gzip, ${loaded.size} files)`)
}
rmSync(join(site, '.vite'), { recursive: true })
if (tooMuch) {
  console.error('too much is loaded at once')
  process.exit(1)
}
