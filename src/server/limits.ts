import { GraphQLError } from 'graphql';

/**
 * Every limit of the transport and why it is what it is; how deep, broad and costly an operation may be is said in schema/builder.ts, where the
 * costs of the fields are. Whoever exceeds one is told so: LIMIT_EXCEEDED with the limit's name and number.
 */
// biome-ignore format: a table
export const limits = {
  // What a client sends
  bodyBytes:             8_000_000, // 1,000 leads with all their fields, twice over
  messageBytes:          8_000_000, // the same in a WebSocket message
  documentBytes:           100_000, // a document of that many tokens with long names; leads belong into variables
  headerBytes:              65_536, // GraphiQL subscribes with GET: the document is in the address
  tokens:                    5_000, // GraphiQL's introspection has about 500, the dashboard's largest query fewer
  nesting:                     100, // of brackets: the parser and the validator recurse, and the schema allows 15 levels of fields
  aliases:                     100, // enough to act on every integration of a page in one document; 1,000 would be a way around the rate limit
  directives:                   50, // @skip and @include; a thousand of them cost validation more than the answer is worth
  // What a client may hold open
  handshakeMs:               3_000, // from the opening of a socket to its connection_init
  unauthenticatedSockets:    1_000, // of the process: they have shown no key yet, and each may send a message
  sockets:                  20_000, // of the process: at about 30 kB each what one process should carry
  socketsPerKey:             2_000, // a key per site with a screen in every hall, not a key per internet
  operationsPerSocket:          50, // a dashboard has fewer than ten
  subscriptionsPerKey:      10_000, // over all sockets and streams
  exportsPerKey:                4, // each reads a page at a time; a person has one, a nightly job a few
  // How far behind a socket may fall
  readyBytes:              262_144, // below it a subscriber can take more; the first that can sets the pace
  backlogBytes:          1_048_576, // above it one does not keep up: some thousand moves, more than a hiccup of the network holds back
  // How often
  operationsPerSecond:       1_000, // per key and process, refilled steadily
  operationsBurst:           2_000, // what may be saved up: a fleet that reconnects
  // How long
  requestMs:                60_000, // to receive a request; nobody uploads 8 MB slower
  pingMs:                   12_000, // a socket that does not answer a ping until the next one is gone; proxies cut idle ones after 30 s or more
} as const;

/** What a limit counts, for its message. */
const words: Partial<Record<keyof typeof limits, string>> = {
  bodyBytes: 'bytes in a request',
  documentBytes: 'bytes in a document; put values into variables',
  tokens: 'tokens in a document; put values into variables',
  nesting: 'levels of brackets in a document',
  aliases: 'aliases in an operation',
  directives: 'directives in an operation',
  sockets: 'sockets at once; try again later',
  unauthenticatedSockets: 'sockets at once that have shown no key; try again later',
  operationsPerSocket: 'operations at once on a socket',
  subscriptionsPerKey: 'subscriptions at once with this key',
  exportsPerKey: 'exports at once with this key; try again when one is done',
};

/** LIMIT_EXCEEDED, naming what was exceeded and the limit. */
export function limitExceeded(name: keyof typeof limits): GraphQLError {
  const limit = limits[name];
  return new GraphQLError(`Limit exceeded: at most ${limit.toLocaleString('en')} ${words[name] ?? name}.`, {
    extensions: { code: 'LIMIT_EXCEEDED', exceeded: name, limit },
  });
}
