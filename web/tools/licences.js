// What is shipped must be compatible with Apache-2.0. Tools of the build may also be under MPL-2.0: nothing of them is shipped.
import { readFileSync } from 'node:fs'

const shipped = ['Apache-2.0', 'MIT', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', '0BSD']
const tools = [...shipped, 'MPL-2.0', 'BlueOak-1.0.0', 'Python-2.0', '(MIT OR CC0-1.0)']
const lock = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'))
const wrong = Object.entries(lock.packages)
  .filter(([name, { dev, license }]) => name !== '' && !(dev ? tools : shipped).includes(license))
  .map(([name, { license }]) => `${name}: ${license}`)
if (wrong.length > 0) {
  console.error(`licences that are not allowed:\n${wrong.join('\n')}`)
  process.exit(1)
}
