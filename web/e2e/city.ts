/** An invented city with findings in the queue, and a server on it. Ends with the tests. */
import { execFile, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const START_SECONDS = 60

/** The binary that `make` built. */
function binary(): string {
  const path = process.env.YIBAO
  if (!path) throw new Error('YIBAO must name the built binary: use make e2e')
  return path
}

/** Runs a step of the binary. 1 is the exit code of work that was done and found something. */
function step(args: string[], codes: number[]): void {
  try {
    execFileSync(binary(), args, { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' })
  } catch (reason) {
    const { status, stderr } = reason as { status: number | null; stderr: string }
    if (status === null || !codes.includes(status)) throw new Error(`yibao ${args.join(' ')} ended with ${String(status)}:\n${stderr}`, { cause: reason })
  }
}

export default async function start(): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'yibao-e2e-'))
  const [city, out, data] = ['city', 'out', 'data'].map((name) => join(folder, name)) as [string, string, string]
  step(['generate', '--persons', '1500', '--days', '120', '--seed', '7', '--violations', 'heavy', '--out', city], [0])
  step(['audit', city, '--without-population', '--out', out], [0, 1])
  step(['review', 'import', out, '--claims', city, '--data', data], [0, 1])
  const server = spawn(binary(), ['serve', '--demo', '--claims', city, '--data', data, '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'pipe'] })
  const said: string[] = []
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (bytes: Buffer) => said.push(bytes.toString()))
  let address: string | undefined
  for (let waited = 0; waited < START_SECONDS * 10 && !address; waited += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100))
    address = /http:\/\/127\.0\.0\.1:\d+/.exec(said.join(''))?.[0]
    if (server.exitCode !== null) break
  }
  if (!address) throw new Error(`the server did not start:\n${said.join('')}`)
  process.env.YIBAO_CONSOLE = address
  // A day of hospital traffic, small: settlements to look at. The server chose its port after it wrote the world down.
  const world = JSON.parse(readFileSync(join(data, 'world.json'), 'utf8')) as Record<string, unknown>
  process.env.YIBAO_WORLD = join(folder, 'world.json')
  writeFileSync(process.env.YIBAO_WORLD, JSON.stringify({ ...world, base_url: address }))
  // Beside this program, which takes what the server says meanwhile.
  await promisify(execFile)(binary(), ['hospital-sim', '--world', process.env.YIBAO_WORLD, '--visits', '12', '--clients', '2', '--seed', '1'])
  process.env.YIBAO_USERS = readFileSync(join(data, 'demo-users.json'), 'utf8')
  return async () => {
    const ended = new Promise((resolve) => server.once('exit', resolve))
    server.kill('SIGTERM')
    await ended
    rmSync(folder, { recursive: true })
  }
}
