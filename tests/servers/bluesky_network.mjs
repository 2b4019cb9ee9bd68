// A Bluesky network of one's own on loopback: directory, account server (PDS) and AppView, with a few posts.
//
//     node bluesky_network.mjs FOLDER-OF-NODE_MODULES PORT PICTURE.jpg
//
// PORT and the two after it are taken: PDS, AppView, directory. One line of JSON on stdout says that it is
// ready, and who and what is there. It wants PostgreSQL (DB_POSTGRES_URL) and Redis (REDIS_HOST), and ends
// with SIGTERM or when its stdin is closed.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Server } from 'node:net'
import { pathToFileURL } from 'node:url'

const [folder, port, picture] = [process.argv[2], Number(process.argv[3]), process.argv[4]]
const from = createRequire(pathToFileURL(`${folder}/package.json`))
const load = (name) => import(pathToFileURL(from.resolve(name)))

// Its servers would listen on every interface of the machine.
const listen = Server.prototype.listen
Server.prototype.listen = function (where, ...rest) {
  const everywhere = typeof where === 'number' && typeof rest[0] !== 'string'
  return everywhere ? listen.call(this, where, '127.0.0.1', ...rest) : listen.call(this, where, ...rest)
}

const { TestNetwork } = await load('@atproto/dev-env')
const { RichText } = await load('@atproto/api')

const network = await TestNetwork.create({
  dbPostgresSchema: 'forecourt',
  pds: { port, rateLimitsEnabled: true },
  bsky: { port: port + 1 },
  plc: { port: port + 2 },
})

const join = async (name) => {
  const agent = network.pds.getAgent()
  const account = { handle: `${name}.test`, email: `${name}@example.test`, password: `${name}-password` }
  await agent.createAccount(account)
  return agent
}
const brand = await join('brand')
const fan = await join('fan')

// Older than the others by their own dates: they come on the second page.
const minutes = (count) => new Date(Date.now() - count * 60_000).toISOString()
for (let number = 1; number <= 105; number++) {
  await brand.post({ text: `Shelf ${number}, dusted.`, createdAt: minutes(300 - number) })
}

const words = 'Wärme 🧣: the #Repair bench, with @fan.test, at https://larkwood.example/repairs'
const rich = new RichText({ text: words })
await rich.detectFacets(brand)
const blob = (await brand.uploadBlob(readFileSync(picture), { encoding: 'image/jpeg' })).data.blob
const image = { image: blob, alt: 'A scarf on a hook', aspectRatio: { width: 1200, height: 800 } }
const post = await brand.post({
  text: rich.text,
  facets: rich.facets,
  langs: ['de'],
  embed: { $type: 'app.bsky.embed.images', images: [image] },
})
const card = await brand.post({
  text: 'Read on.',
  embed: {
    $type: 'app.bsky.embed.external',
    external: { uri: 'https://larkwood.example/winter', title: 'Winter hours', description: 'Until nine.' },
  },
})
const root = { uri: post.uri, cid: post.cid }
const reply = await fan.post({ text: 'I bring the #Repair lamp.', reply: { root, parent: root } })
const follow = await brand.post({ text: 'And the kettle.', reply: { root, parent: root } })
await fan.post({ text: 'See this', embed: { $type: 'app.bsky.embed.record', record: root } })
await fan.like(post.uri, post.cid)
await fan.repost(post.uri, post.cid)
await brand.repost(reply.uri, reply.cid)
await network.processAll()

const uris = { post: post.uri, card: card.uri, reply: reply.uri, follow: follow.uri }
process.stdout.write(`${JSON.stringify({ pds: port, appview: port + 1, brand: brand.did, fan: fan.did, uris })}\n`)

const end = async () => {
  await network.close()
  process.exit(0)
}
process.on('SIGTERM', end)
process.stdin.on('end', end).resume()
