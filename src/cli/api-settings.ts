import { CliError } from './cli-error.ts';

/** Where the GraphQL API is, and the key to it. */
export interface ApiSettings {
  endpoint: URL;
  apiKey: string;
}

/**
 * Reads SLUICE_URL and SLUICE_API_KEY: the only place of the command line tool that looks at the environment.
 * @throws CliError when one of them can't be used
 */
export function readApiSettings(environment: NodeJS.ProcessEnv = process.env): ApiSettings {
  const apiKey = environment.SLUICE_API_KEY?.trim();
  if (!apiKey) {
    throw new CliError(
      'SLUICE_API_KEY is not set. Set it to an API key of the organization, with the role OPERATOR or ADMIN.',
    );
  }
  if (!/^[\x21-\x7e]+$/.test(apiKey)) throw new CliError('SLUICE_API_KEY contains characters that no API key has.');
  return { endpoint: endpointOf(environment.SLUICE_URL?.trim() || 'http://127.0.0.1:4000'), apiKey };
}

function endpointOf(text: string): URL {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) {
    throw new CliError('SLUICE_URL must be an http or https address without credentials, e.g. http://127.0.0.1:4000.');
  }
  const path = url.pathname.replace(/\/+$/, '');
  return new URL(path.endsWith('/graphql') ? path : `${path}/graphql`, url);
}
