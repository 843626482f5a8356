// A Bluesky network of its own on this machine: directory (PLC), server (PDS) and app view, in one process.
//
//   node tests/bluesky/network.mjs PORT ACCOUNT,ACCOUNT     three ports from PORT on; DB_POSTGRES_URL for the app view
//
// Prints one line of JSON when it is ready: {pds, accounts: {city: {did, handle, password, appPassword}}}. Ends when
// its standard input does, so that nothing is left behind when a test is killed.
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const dev = require('@atproto/dev-env')
const port = Number(process.argv[2])
const names = process.argv[3].split(',')

const plc = await dev.TestPlc.create({ port })
const bsky = await dev.TestBsky.create({
  port: port + 2,
  plcUrl: plc.url,
  pdsPort: port + 1,
  repoProvider: `ws://localhost:${port + 1}`,
  dbPostgresUrl: process.env.DB_POSTGRES_URL,
  dbPostgresSchema: 'appview',
})
const pds = await dev.TestPds.create({
  port: port + 1,
  hostname: 'localhost',
  didPlcUrl: plc.url,
  enableDidDocWithSession: true,
  bskyAppViewUrl: bsky.url,
  bskyAppViewDid: bsky.ctx.cfg.serverDid,
})
dev.mockNetworkUtilities(pds, bsky)

async function call(method, body, token) {
  const headers = { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) }
  const answer = await fetch(`${pds.url}/xrpc/${method}`, { method: 'POST', headers, body: JSON.stringify(body) })
  if (!answer.ok) throw new Error(`${method}: ${await answer.text()}`)
  return answer.json()
}

const accounts = {}
for (const name of names) {
  const password = `${name}-password-of-the-account`
  const made = await call('com.atproto.server.createAccount', {
    handle: `${name}.test`, email: `${name}@example.test`, password,
  })
  const app = await call('com.atproto.server.createAppPassword', { name: 'onit' }, made.accessJwt)
  accounts[name] = { did: made.did, handle: `${name}.test`, password, appPassword: app.password }
}
await pds.processAll()
console.log(JSON.stringify({ pds: pds.url, accounts }))

const stop = async () => {
  setTimeout(() => process.exit(0), 3000).unref()
  await bsky.close()
  await pds.close()
  await plc.close()
  process.exit(0)
}
process.on('SIGTERM', stop)
process.stdin.on('end', stop).on('close', stop).resume()
