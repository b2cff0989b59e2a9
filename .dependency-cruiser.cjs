// The arrows of the architecture: server -> schema -> sync -> db; anyone may import domain, domain imports nothing.

/** Nothing in `from` may import `to`. */
const forbid = (name, comment, from, to) => ({ name, severity: 'error', comment, from, to });

module.exports = {
  forbidden: [
    forbid('no-circular', 'A cycle has no first file to read.', {}, { circular: true }),
    forbid(
      'domain-is-pure',
      'The domain imports nothing outside of itself: no package, no clock, no I/O.',
      { path: '^src/domain/' },
      { pathNot: '^src/domain/' },
    ),
    forbid(
      'db-below-sync',
      'The database layer knows the domain alone.',
      { path: '^src/db/' },
      { path: '^(src|simulators|demo|bench|test)/', pathNot: '^src/(db|domain)/' },
    ),
    forbid(
      'sync-below-schema',
      'Use cases know neither GraphQL nor transport.',
      { path: '^src/sync/' },
      { path: '^(src|simulators|demo|bench|test)/', pathNot: '^src/(sync|db|domain)/' },
    ),
    forbid(
      'schema-below-server',
      'Types and resolvers know no transport.',
      { path: '^src/schema/' },
      { path: '^(src|simulators|demo|bench|test)/', pathNot: '^src/(schema|sync|db|domain)/' },
    ),
    forbid(
      'server-without-sql',
      'Transport has no rules and no SQL: it goes through the schema and the use cases.',
      { path: '^src/server/' },
      { path: '^src/db/|^(simulators|demo|bench|test)/' },
    ),
    forbid(
      'server-below-main',
      'Only main.ts, the command line and the demo put the parts together.',
      { path: '^src/server/' },
      { path: '^src/(cli/|main\\.ts|config\\.ts)' },
    ),
    forbid(
      'cli-beside-server',
      'A command works through use cases or the public API.',
      { path: '^src/cli/' },
      { path: '^src/(server|schema|main\\.ts)|^(simulators|demo|bench|test)/' },
    ),
    forbid(
      'connector-alone',
      'A connector knows connector.ts, http/, rest/, the sign-in that vendors share, the domain and its own folder: adding or removing a vendor touches nothing else.',
      { path: '^src/sync/connectors/(?!http/|rest/|salesforce-login/)([^/]+)/' },
      {
        path: '^(src|simulators|demo|bench|test)/',
        pathNot: '^src/sync/connectors/(connector\\.ts|http/|rest/|salesforce-login/|$1/)|^src/domain/',
      },
    ),
    forbid(
      'connector-foundations',
      'What connectors build on knows no connector.',
      { path: '^src/sync/connectors/(rest|salesforce-login)/' },
      {
        path: '^(src|simulators|demo|bench|test)/',
        pathNot: '^src/sync/connectors/(connector\\.ts|http/|rest/|salesforce-login/)|^src/domain/',
      },
    ),
    forbid(
      'connector-http-alone',
      'The HTTP client of the connectors knows no vendor and no rule of ours.',
      { path: '^src/sync/connectors/http/' },
      { path: '^src/', pathNot: '^src/(sync/connectors/http|domain)/' },
    ),
    forbid(
      'vendors-by-registry',
      'Vendors are reached through the registry.',
      { path: '^src/', pathNot: '^src/sync/connectors/' },
      { path: '^src/sync/connectors/(?!http/|rest/|salesforce-login/)[^/]+/' },
    ),
    forbid(
      'simulators-stand-alone',
      'A simulator plays the vendor: sharing code with the connector would hide the mistakes of both.',
      { path: '^simulators/' },
      { path: '^(src|demo|bench|test)/' },
    ),
    forbid(
      'dashboard-by-schema',
      'The dashboard knows schema.graphql alone, like the front end of anybody else.',
      { path: '^dashboard/' },
      { path: '^(src|simulators|demo|bench|test|scripts)/' },
    ),
    forbid(
      'nobody-needs-the-dashboard',
      'The server serves what was built of it.',
      { path: '^(src|simulators|demo|bench)/' },
      { path: '^dashboard/' },
    ),
    forbid(
      'product-without-stand-ins',
      'What is shipped imports neither tests nor stand-ins.',
      { path: '^src/' },
      { path: '^(simulators|demo|bench|test|scripts)/' },
    ),
    forbid(
      'no-dev-packages',
      'What is shipped runs without development dependencies.',
      { path: '^(src|simulators|demo)/' },
      { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only', 'npm'] },
    ),
    forbid('resolvable', 'An import that leads nowhere.', {}, { couldNotResolve: true }),
    forbid(
      'no-orphans',
      'A file that nobody imports.',
      { orphan: true, path: '^src/', pathNot: '^src/(main\\.ts|cli/main\\.ts)$' },
      {},
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dashboard/(dist|\\.dist-)' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
};
