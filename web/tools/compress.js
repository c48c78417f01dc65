// Packs every script, style and page once, so that the server need not.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { constants, gzipSync } from 'node:zlib'

const site = new URL('../../crates/console/site/dist', import.meta.url).pathname

for (const name of readdirSync(site, { recursive: true })) {
  const path = join(site, name)
  if (!statSync(path).isFile() || !/\.(js|css|html|svg)$/.test(name)) continue
  const packed = gzipSync(readFileSync(path), { level: constants.Z_BEST_COMPRESSION })
  writeFileSync(`${path}.gz`, packed)
}
